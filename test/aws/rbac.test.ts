import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadAll } from "js-yaml";
import {
  endPodRules,
  portForwardRules,
  type Rule,
  readerRules,
  secretRules,
  writerRules,
  yamlNames,
} from "../../src/edge/kubernetes/rbac.ts";
import { root } from "../build/build.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

const read = (path: string): readonly Manifest[] =>
  loadAll(readFileSync(join(root, path), "utf8")).filter((manifest) => manifest !== null) as Manifest[];
const ours = read("infra/aws/rbac.yaml");
const theirs = read("infra/kubernetes/rbac.yaml");
const isRole = ({ kind }: Manifest): boolean => kind === "Role" || kind === "ClusterRole";
const isBinding = ({ kind }: Manifest): boolean => kind.endsWith("Binding");

/** Order of rules does not matter. */
const comparable = (rules: readonly Rule[] = []): readonly string[] =>
  rules
    .map(({ apiGroups, resources, verbs, resourceNames = [] }) =>
      JSON.stringify([apiGroups, [...resources].sort(), [...verbs].sort(), [...resourceNames].sort()]),
    )
    .sort();

const same = (one: Manifest) => (other: Manifest) =>
  other.kind === one.kind &&
  other.metadata.name === one.metadata.name &&
  other.metadata.namespace === one.metadata.namespace;

/** Rules that a Kubernetes group has, by the kind of the Role. */
const rulesOf = (group: string): { readonly cluster: readonly string[]; readonly keda: readonly string[] } => {
  const bound = ours.filter(isBinding).filter(({ subjects }) => subjects?.some(({ name }) => name === group));
  const rules = (kind: string) =>
    comparable(
      bound.flatMap(({ roleRef, metadata }) =>
        ours
          .filter((role) => role.kind === kind && roleRef?.kind === kind && role.metadata.name === roleRef.name)
          .filter((role) => role.metadata.namespace === metadata.namespace)
          .flatMap((role) => role.rules ?? []),
      ),
    );
  return { cluster: rules("ClusterRole"), keda: rules("Role") };
};

describe("infra/aws/rbac.yaml", () => {
  test.each(ours.filter(isRole).map((role) => [role.metadata.name, role.metadata.namespace, role] as const))(
    "%s in %s has the rules of infra/kubernetes/rbac.yaml",
    (_name, _namespace, role) => {
      const twin = theirs.find(same(role));
      expect(comparable(role.rules)).toEqual(comparable(twin?.rules));
      expect(role.rules).not.toHaveLength(0);
    },
  );

  const reading = readerRules(yamlNames);
  test.each([
    ["keda-medic:respond", reading.keda],
    ["keda-medic:sweep", reading.keda],
    ["keda-medic:restart", [...(reading.keda ?? []), ...(writerRules(yamlNames).keda ?? [])]],
  ])("gives %s what its code needs in the cluster, no more and no less", (group, keda) => {
    expect(rulesOf(group)).toEqual({ cluster: comparable(reading.cluster), keda: comparable(keda) });
  });

  test.each([
    ["keda-medic-secret", secretRules(yamlNames).keda],
    ["keda-medic-end-pods", endPodRules.keda],
    ["keda-medic-port-forward", portForwardRules.keda],
  ])("%s is bound to nobody, and the command that binds it is at the top", (name, rules) => {
    const role = ours.find(({ kind, metadata }) => kind === "Role" && metadata.name === name);
    expect(comparable(role?.rules)).toEqual(comparable(rules));
    expect(ours.filter(isBinding).filter(({ roleRef }) => roleRef?.name === name)).toEqual([]);
    const text = readFileSync(join(root, "infra/aws/rbac.yaml"), "utf8");
    expect(text).toContain(`kubectl -n keda create rolebinding ${name} --role=${name} --group=keda-medic:`);
  });

  test("binds nobody but the groups that the stack's access entries give, and writes no document of ours", () => {
    const subjects = ours.flatMap(({ subjects = [] }) => subjects);
    expect(new Set(subjects.map(({ kind, name }) => `${kind} ${name}`))).toEqual(
      new Set(["Group keda-medic:respond", "Group keda-medic:restart", "Group keda-medic:sweep"]),
    );
    expect(ours.flatMap(({ rules = [] }) => rules.flatMap(({ apiGroups }) => apiGroups))).not.toContain(
      "kedamedic.dev",
    );
    expect(ours.filter((manifest) => !isRole(manifest) && !isBinding(manifest))).toEqual([]);
  });
});
