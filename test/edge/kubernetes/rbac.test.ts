import { describe, expect, test } from "@jest/globals";
import {
  endPodRules,
  type Grants,
  portForwardRules,
  type Rule,
  readerRules,
  secretRules,
  storeReadRules,
  storeRules,
  writerRules,
  yamlNames,
} from "../../../src/edge/kubernetes/rbac.ts";
import { type Manifest, manifests, manifestText } from "./manifests.ts";

const all = manifests("rbac.yaml");
const text = manifestText("rbac.yaml");
const ofKind = (...kinds: string[]): Manifest[] => all.filter(({ kind }) => kinds.includes(kind));

type Scope = keyof Grants;
const scopeOf = ({ kind, metadata }: Manifest): Scope =>
  kind.startsWith("Cluster") ? "cluster" : metadata.namespace === "keda" ? "keda" : "own";

/** Order of rules and keys does not matter. */
const comparable = (rules: readonly Rule[]): string[] =>
  rules
    .map(({ apiGroups, resources, verbs, resourceNames = [] }) =>
      JSON.stringify([apiGroups, [...resources].sort(), [...verbs].sort(), [...resourceNames].sort()]),
    )
    .sort();

const merge = (...grants: Grants[]): Required<Grants> => ({
  cluster: grants.flatMap(({ cluster = [] }) => cluster),
  keda: grants.flatMap(({ keda = [] }) => keda),
  own: grants.flatMap(({ own = [] }) => own),
});

/** What the manifests give to a ServiceAccount, by scope. */
function given(account: string): Required<Grants> {
  const bindings = ofKind("RoleBinding", "ClusterRoleBinding").filter(({ subjects }) =>
    subjects?.some(
      ({ kind, name, namespace }) => kind === "ServiceAccount" && name === account && namespace === "keda-medic",
    ),
  );
  return merge(
    ...bindings.map((binding) => {
      const role = all.find(
        ({ kind, metadata }) =>
          kind === binding.roleRef?.kind &&
          metadata.name === binding.roleRef.name &&
          metadata.namespace === binding.metadata.namespace,
      );
      return { [scopeOf(binding)]: role?.rules as Rule[] };
    }),
  );
}

describe("infra/kubernetes/rbac.yaml", () => {
  const needs: Readonly<Record<string, Grants>> = {
    "keda-medic-respond": merge(readerRules(yamlNames), storeRules),
    "keda-medic-restart": merge(readerRules(yamlNames), writerRules(yamlNames), storeReadRules),
  };

  test.each(Object.entries(needs))("gives %s what its actors need, no more and no less", (account, need) => {
    for (const scope of ["cluster", "keda", "own"] as const)
      expect(comparable(given(account)[scope])).toEqual(comparable(need[scope] ?? []));
  });

  test.each([
    ["keda-medic-secret", secretRules(yamlNames)],
    ["keda-medic-end-pods", endPodRules],
    ["keda-medic-port-forward", portForwardRules],
  ])("has Role %s bound to nobody, with the command that binds it", (name, { keda = [] }) => {
    const role = all.find(({ metadata }) => metadata.name === name);
    expect(role).toMatchObject({ kind: "Role", metadata: { namespace: "keda" } });
    expect(comparable(role?.rules as Rule[])).toEqual(comparable(keda));
    expect(ofKind("RoleBinding", "ClusterRoleBinding").filter(({ roleRef }) => roleRef?.name === name)).toEqual([]);
    expect(text).toContain(`kubectl -n keda create rolebinding ${name} --role=${name} --serviceaccount=keda-medic:`);
  });

  test("binds nobody but the two ServiceAccounts, which it creates", () => {
    const accounts = Object.keys(needs);
    expect(ofKind("ServiceAccount").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(
      accounts.map((name) => `keda-medic/${name}`),
    );
    const subjects = ofKind("RoleBinding", "ClusterRoleBinding").flatMap(({ subjects = [] }) => subjects);
    for (const { kind, name, namespace } of subjects) {
      expect([kind, namespace]).toEqual(["ServiceAccount", "keda-medic"]);
      expect(accounts).toContain(name);
    }
  });

  test("has no Role that nobody needs and nothing but rights", () => {
    const roles = ofKind("Role", "ClusterRole").length;
    const bindings = ofKind("RoleBinding", "ClusterRoleBinding").length;
    expect([roles, bindings, all.length]).toEqual([8, 5, 15]);
  });
});

describe("rights", () => {
  const everyRule = Object.values(merge(readerRules(yamlNames), storeRules, secretRules(yamlNames))).flat();

  test("of respond change nothing outside our own group", () => {
    const writes = everyRule.filter(({ verbs }) => verbs.some((verb) => !["get", "list"].includes(verb)));
    expect(writes.flatMap(({ apiGroups }) => apiGroups)).toEqual(["kedamedic.dev"]);
  });

  test("of restart write no documents of ours", () => {
    expect(storeReadRules.own?.flatMap(({ verbs }) => verbs)).toEqual(["get"]);
  });

  test("to the Secret and the Deployments are by name", () => {
    expect(secretRules(yamlNames).keda).toMatchObject([{ resourceNames: ["kedaorg-certs"] }]);
    const helm = { ...yamlNames, metricsApiserver: "keda-operator-metrics-apiserver" };
    expect(writerRules(helm).keda).toMatchObject([{ resourceNames: ["keda-operator", helm.metricsApiserver] }]);
  });
});
