import { expect } from "@jest/globals";
import type { Grants, Rule, Wanted } from "../../../src/edge/kubernetes/rbac.ts";
import { type Manifest, ofKind } from "./objects.ts";

export type Scope = "cluster" | "keda" | "own";
export const scopes: readonly Scope[] = ["cluster", "keda", "own"];

/** One triple per verb on one resource, so that it does not matter how rules are cut. */
export const triples = (rules: readonly Rule[] = []): readonly string[] =>
  [
    ...new Set(
      rules.flatMap(({ apiGroups, resources, verbs, resourceNames = ["*"] }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            resourceNames.flatMap((name) => verbs.map((verb) => `${verb} ${group}/${resource} ${name}`)),
          ),
        ),
      ),
    ),
  ].sort();

/** One text per rule: the order of rules and of what they list does not matter, how they are cut does. */
export const comparable = (rules: readonly Rule[] = []): readonly string[] =>
  rules
    .map(({ apiGroups, resources, verbs, resourceNames = [] }) =>
      JSON.stringify([apiGroups, [...resources].sort(), [...verbs].sort(), [...resourceNames].sort()]),
    )
    .sort();

/** The same rights in every scope, however the rules are cut. */
export const expectSame = (has: Grants, need: Grants): void => {
  for (const scope of scopes) expect([scope, triples(has[scope])]).toEqual([scope, triples(need[scope])]);
};

/** What the chart's own values ask for. */
export const byDefault: Wanted = {
  readSecret: false,
  endStalePodsEarly: false,
  portForward: false,
  oidc: false,
  kubernetesEvents: true,
  ownLease: "keda-medic",
};

export const merge = (...grants: readonly Grants[]): Required<Grants> => ({
  cluster: grants.flatMap(({ cluster = [] }) => cluster),
  keda: grants.flatMap(({ keda = [] }) => keda),
  own: grants.flatMap(({ own = [] }) => own),
});

const scopeOf = ({ kind, metadata }: Manifest, kedaNamespace: string): Scope => {
  if (kind.startsWith("Cluster")) return "cluster";
  return metadata.namespace === kedaNamespace ? "keda" : "own";
};

/** Rules of every Role of that name, by where it holds. */
export function rolesNamed(all: readonly Manifest[], name: string, kedaNamespace = "keda"): Required<Grants> {
  const roles = ofKind(all, "Role", "ClusterRole").filter(({ metadata }) => metadata.name === name);
  return merge(...roles.map((role) => ({ [scopeOf(role, kedaNamespace)]: role.rules as Rule[] })));
}

type Subject = NonNullable<Manifest["subjects"]>[number];

/** What the manifests give to whom `isSubject` means, by scope. */
export function boundTo(
  all: readonly Manifest[],
  isSubject: (subject: Subject) => boolean,
  kedaNamespace = "keda",
): Required<Grants> {
  const bindings = ofKind(all, "RoleBinding", "ClusterRoleBinding").filter(({ subjects = [] }) =>
    subjects.some(isSubject),
  );
  return merge(
    ...bindings.map((binding) => {
      const role = all.find(
        ({ kind, metadata }) =>
          kind === binding.roleRef?.kind &&
          metadata.name === binding.roleRef.name &&
          metadata.namespace === binding.metadata.namespace,
      );
      if (role === undefined) throw new Error(`${binding.metadata.name} binds a Role that is not there`);
      return { [scopeOf(binding, kedaNamespace)]: role.rules as Rule[] };
    }),
  );
}

/** What the manifests give to a ServiceAccount in namespace `keda-medic`, by scope. */
export const given = (all: readonly Manifest[], account: string, kedaNamespace?: string): Required<Grants> =>
  boundTo(
    all,
    ({ kind, name, namespace }) => kind === "ServiceAccount" && name === account && namespace === "keda-medic",
    kedaNamespace,
  );
