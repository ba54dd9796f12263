import { describe, expect, test } from "@jest/globals";
import {
  endPodRules,
  lookRules,
  portForwardRules,
  type Rule,
  readerRules,
  secretRules,
  writerRules,
  yamlNames,
} from "../../src/edge/kubernetes/rbac.ts";
import { type Manifest, objects, read } from "../infra/tools/objects.ts";
import { boundTo, comparable, merge, scopes } from "../infra/tools/rights.ts";

const text = read("infra/aws/rbac.yaml");
const ours = objects(text);
const theirs = objects(read("infra/kubernetes/rbac.yaml"));
const isRole = ({ kind }: Manifest): boolean => kind === "Role" || kind === "ClusterRole";
const isBinding = ({ kind }: Manifest): boolean => kind.endsWith("Binding");

const same = (one: Manifest) => (other: Manifest) =>
  other.kind === one.kind &&
  other.metadata.name === one.metadata.name &&
  other.metadata.namespace === one.metadata.namespace;

describe("infra/aws/rbac.yaml", () => {
  test.each(ours.filter(isRole).map((role) => [role.metadata.name, role.metadata.namespace, role] as const))(
    "%s in %s has the rules of infra/kubernetes/rbac.yaml",
    (_name, _namespace, role) => {
      const twin = theirs.find(same(role));
      expect(comparable(role.rules)).toEqual(comparable(twin?.rules));
      expect(role.rules).not.toHaveLength(0);
    },
  );

  test.each([
    ["keda-medic:respond", readerRules(yamlNames)],
    ["keda-medic:sweep", readerRules(yamlNames)],
    ["keda-medic:restart", merge(lookRules(yamlNames), writerRules(yamlNames))],
  ])("gives %s what its code needs in the cluster, no more and no less", (group, { cluster, keda }) => {
    const has = boundTo(ours, ({ name }) => name === group);
    const need = { cluster, keda, own: [] };
    for (const scope of scopes) expect([scope, comparable(has[scope])]).toEqual([scope, comparable(need[scope])]);
  });

  test.each([
    ["keda-medic-secret", secretRules(yamlNames).keda],
    ["keda-medic-end-pods", endPodRules.keda],
    ["keda-medic-port-forward", portForwardRules.keda],
  ])("%s is bound to nobody, and the command that binds it is at the top", (name, rules) => {
    const role = ours.find(({ kind, metadata }) => kind === "Role" && metadata.name === name);
    expect(comparable(role?.rules)).toEqual(comparable(rules));
    expect(ours.filter(isBinding).filter(({ roleRef }) => roleRef?.name === name)).toEqual([]);
    expect(text).toContain(`kubectl -n keda create rolebinding ${name} --role=${name} --group=keda-medic:`);
  });

  test("binds nobody but the groups that the stack's access entries give, and writes no document of ours", () => {
    const subjects = ours.flatMap(({ subjects = [] }) => subjects);
    expect(new Set(subjects.map(({ kind, name }) => `${kind} ${name}`))).toEqual(
      new Set(["Group keda-medic:respond", "Group keda-medic:restart", "Group keda-medic:sweep"]),
    );
    expect(
      ours.flatMap(({ rules = [] }) => (rules as readonly Rule[]).flatMap(({ apiGroups }) => apiGroups)),
    ).not.toContain("kedamedic.dev");
    expect(ours.filter((manifest) => !isRole(manifest) && !isBinding(manifest))).toEqual([]);
  });
});
