import { describe, expect, test } from "@jest/globals";
import {
  approverRules,
  endPodRules,
  eventRules,
  type Grants,
  type InstalledFunction,
  lookRules,
  portForwardRules,
  type Rule,
  readerRules,
  rulesFor,
  secretRules,
  storeReadRules,
  storeRules,
  type Wanted,
  writerRules,
  yamlNames,
} from "../../../src/edge/kubernetes/rbac.ts";
import { ofKind as inAll, type Manifest, objects, read } from "../../infra/tools/objects.ts";
import { comparable, given, merge, rolesNamed, scopes } from "../../infra/tools/rights.ts";

const text = read("infra/kubernetes/rbac.yaml");
const all = objects(text);
const ofKind = (...kinds: string[]): readonly Manifest[] => inAll(all, ...kinds);

describe("infra/kubernetes/rbac.yaml", () => {
  const needs: Readonly<Record<string, Grants>> = {
    "keda-medic-respond": merge(readerRules(yamlNames), storeRules, eventRules),
    "keda-medic-restart": merge(lookRules(yamlNames), writerRules(yamlNames), storeReadRules),
  };

  test.each(Object.entries(needs))("gives %s what its actors need, no more and no less", (account, need) => {
    for (const scope of scopes) expect(comparable(given(all, account)[scope])).toEqual(comparable(need[scope]));
  });

  test.each([
    ["keda-medic-secret", secretRules(yamlNames)],
    ["keda-medic-end-pods", endPodRules],
    ["keda-medic-port-forward", portForwardRules],
  ])("has Role %s bound to nobody, with the command that binds it", (name, { keda = [] }) => {
    const role = all.find(({ metadata }) => metadata.name === name);
    expect(role).toMatchObject({ kind: "Role", metadata: { namespace: "keda" } });
    expect(comparable(role?.rules)).toEqual(comparable(keda));
    expect(ofKind("RoleBinding", "ClusterRoleBinding").filter(({ roleRef }) => roleRef?.name === name)).toEqual([]);
    expect(text).toContain(`kubectl -n keda create rolebinding ${name} --role=${name} --serviceaccount=keda-medic:`);
  });

  test("says at its head what it takes besides the Role to read the Secret", () => {
    const head = text.slice(0, text.indexOf("\napiVersion"));
    for (const more of ["KEDA_MEDIC_READ_SECRET", "keda-medic-watch", "keda.certificates=keda", "--group="])
      expect(head).toContain(more);
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

  test("binds Role keda-medic-approver to nobody, and gives in it what people need to approve and pause", () => {
    const rules = rolesNamed(all, "keda-medic-approver");
    for (const scope of scopes)
      expect(comparable(rules[scope])).toEqual(comparable(approverRules(yamlNames, false)[scope]));
    const bound = ofKind("RoleBinding", "ClusterRoleBinding").map(({ roleRef }) => roleRef?.name);
    expect(bound).not.toContain("keda-medic-approver");
  });

  test("has no Role that nobody needs and nothing but rights", () => {
    const roles = ofKind("Role", "ClusterRole").map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const bound = ofKind("RoleBinding", "ClusterRoleBinding").map(({ roleRef }) => `${roleRef?.kind} ${roleRef?.name}`);
    const forLater = /keda-medic-(secret|end-pods|port-forward|approver)$/;
    expect(roles.filter((role) => !bound.includes(role) && !forLater.test(role))).toEqual([]);
    const rights = ofKind("ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding");
    expect(rights).toHaveLength(all.length);
  });
});

describe("rulesFor", () => {
  const none = {
    readSecret: false,
    endStalePodsEarly: false,
    portForward: false,
    oidc: false,
    kubernetesEvents: false,
  };
  const wanted = (more: Partial<Wanted> = {}): Wanted => ({ ...none, ownLease: "keda-medic", ...more });
  const flat = (of: InstalledFunction, more?: Partial<Wanted>): readonly string[] =>
    Object.entries(rulesFor(of, yamlNames, wanted(more))).flatMap(([scope, rules]) =>
      (rules as readonly Rule[]).flatMap(({ resources, verbs, resourceNames = ["*"] }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${scope} ${resource} ${resourceNames.join()} ${verb}`)),
      ),
    );
  const all = { readSecret: true, endStalePodsEarly: true, portForward: true, oidc: true, kubernetesEvents: true };
  const functions: readonly InstalledFunction[] = ["respond", "sweep", "watch", "restart"];

  test.each(functions)("%s gets no right on Secrets, callers, Events and port-forward unless it is wanted", (of) => {
    const unwanted = flat(of).filter((rule) => /secrets|tokenreviews|portforward|create$/.test(rule));
    const own = (rule: string) => /^own (incidents|installations|leases) /.test(rule);
    expect(unwanted.filter((rule) => !own(rule))).toEqual([]);
  });

  test.each([
    ["respond", { readSecret: true }, ["keda secrets kedaorg-certs get"]],
    [
      "watch",
      { readSecret: true },
      ["keda secrets kedaorg-certs get", "keda secrets kedaorg-certs list", "keda secrets kedaorg-certs watch"],
    ],
    ["restart", { endStalePodsEarly: true }, ["keda pods * delete"]],
    ["sweep", { endStalePodsEarly: true }, []],
    ["respond", { oidc: true }, ["cluster tokenreviews * create"]],
    ["sweep", { kubernetesEvents: true }, ["keda events * create", "own events * create"]],
    ["restart", { kubernetesEvents: true }, []],
  ] as const)("%s with %j gets just that", (of, more, added) => {
    const before = flat(of);
    expect(flat(of, more).filter((rule) => !before.includes(rule))).toEqual(added);
  });

  test("only restart may change Deployments, only sweep and watch may remove Incidents, nobody may change what one is about", () => {
    const having = (rule: RegExp) => functions.filter((of) => flat(of, all).some((right) => rule.test(right)));
    expect(having(/^keda deployments .* patch$/)).toEqual(["restart"]);
    expect(having(/^own incidents .* delete$/)).toEqual(["sweep", "watch"]);
    expect(having(/^own incidents .* (update|patch)$/)).toEqual([]);
    expect(having(/^own incidents\/status .* update$/)).toEqual(["respond", "sweep", "watch"]);
    expect(having(/ watch$/)).toEqual(["watch"]);
    expect(having(/ \* (\*|escalate|impersonate|bind)$/)).toEqual([]);
  });

  test("an approver may see, approve and pause, and write nothing of ours", () => {
    const { own, keda } = approverRules(yamlNames, true) as Required<Grants>;
    expect(own.flatMap(({ verbs }) => verbs)).toEqual(["get", "list"]);
    expect(keda.filter(({ verbs }) => verbs.includes("patch"))).toEqual(writerRules(yamlNames).keda);
  });

  test("an approver may get what kubectl annotate gets first: exactly the two Deployments that it may patch", () => {
    const { keda } = approverRules(yamlNames, false) as Required<Grants>;
    const deployments = keda.filter(
      ({ resources, resourceNames }) => resources.includes("deployments") && resourceNames,
    );
    expect(deployments.map(({ verbs, resourceNames }) => [verbs, resourceNames])).toEqual([
      [["patch"], [yamlNames.operator, yamlNames.metricsApiserver]],
      [["get"], [yamlNames.operator, yamlNames.metricsApiserver]],
    ]);
  });

  test.each([
    [true, secretRules(yamlNames).keda],
    [false, []],
  ])("an approver may read the Secret where the installation reads it, and only there (%s)", (readSecret, secrets) => {
    const rules = Object.values(approverRules(yamlNames, readSecret)).flat() as readonly Rule[];
    expect(rules.filter(({ resources }) => resources.includes("secrets"))).toEqual(secrets);
  });
});

describe("rights", () => {
  const everyRule = Object.values(merge(readerRules(yamlNames), storeRules, secretRules(yamlNames))).flat();

  test("of respond change nothing outside our own group", () => {
    const writes = everyRule.filter(({ verbs }) => verbs.some((verb) => !["get", "list"].includes(verb)));
    expect([...new Set(writes.flatMap(({ apiGroups }) => apiGroups))]).toEqual(["kedamedic.dev"]);
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
