import type { Grants, Rule } from "../../../src/edge/kubernetes/rbac.ts";
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

/** What the manifests give to a ServiceAccount, by scope. */
export function given(all: readonly Manifest[], account: string, kedaNamespace = "keda"): Required<Grants> {
  const bindings = ofKind(all, "RoleBinding", "ClusterRoleBinding").filter(({ subjects = [] }) =>
    subjects.some(({ kind, name }) => kind === "ServiceAccount" && name === account),
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
