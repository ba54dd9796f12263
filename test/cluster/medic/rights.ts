import type { Loose } from "../api/client.ts";
import type { Audited } from "../world/audit.ts";

/** `account verb resource`, sorted. */
export interface Rights {
  readonly neverUsed: readonly string[];
  readonly refused: readonly string[];
}

const rulesOf = (role: Loose): readonly string[] =>
  (role?.rules ?? []).flatMap(({ verbs, resources }: Loose) =>
    resources.flatMap((resource: string) => verbs.map((verb: string) => `${verb} ${resource}`)),
  );

/** What the Roles of a render grant to whom, without groups and names. */
export function granted(objects: readonly Loose[]): ReadonlySet<string> {
  const bindings = objects.filter(({ kind }) => /^(Cluster)?RoleBinding$/.test(kind));
  return new Set(
    bindings.flatMap(({ roleRef, subjects, metadata }) => {
      const role = objects.find(
        (object) =>
          object.kind === roleRef.kind &&
          object.metadata.name === roleRef.name &&
          (roleRef.kind === "ClusterRole" || object.metadata.namespace === metadata.namespace),
      );
      return (subjects ?? []).flatMap(({ name }: Loose) => rulesOf(role).map((rule) => `${name} ${rule}`));
    }),
  );
}

/** The grants against what the API server has seen. What was let through is used, whatever the answer was. */
export function compareRights(objects: readonly Loose[], requests: readonly Audited[]): Rights {
  const rights = granted(objects);
  const line = ({ account, verb, resource }: Audited): string => `${account} ${verb} ${resource}`;
  const allowed = requests.filter(({ status }) => status !== 403);
  // Names of external metrics are resources, and granted by `*`: whatever nothing else grants was let through by it.
  const byStar = allowed.filter((request) => !rights.has(line(request)));
  const used = new Set([...allowed.map(line), ...byStar.map(({ account, verb }) => `${account} ${verb} *`)]);
  const refused = new Set(requests.filter(({ status }) => status === 403).map(line));
  return { neverUsed: [...rights].filter((right) => !used.has(right)).sort(), refused: [...refused].sort() };
}

type Named = readonly (readonly [RegExp, string])[];

/** Rights that not every installation uses, by the condition in which they are. */
export const usedOnlyWhen: Named = [
  [/^keda-medic-respond delete incidents$/, "an Incident closed longer ago than incidentTtl"],
  [/^keda-medic-(respond|restart) list certificate(request)?s$/, "cert-manager fills KEDA's Secret, or nobody does"],
  [/^keda-medic-source-\w+ get \w+$/, "Knative's controller asks for it before it starts a source"],
];

/** What is asked for without a right to it. */
export const refusedWhen: Named = [
  [/^keda-medic-(respond|restart) get pods\/portforward$/, "a Pod cannot be reached at its address, and might be so"],
  [/^keda-medic-respond patch deployments$/, "the judge tries whether it is refused"],
];

const unnamed = (lines: readonly string[], named: Named): readonly string[] =>
  lines.filter((line) => !named.some(([pattern]) => pattern.test(line)));

/** What is wrong with the rights of a run in which restart has patched, as sentences. Others use a part of them only. */
export function rightsProblems({ neverUsed, refused }: Rights): readonly string[] {
  const whole = !neverUsed.includes("keda-medic-restart patch deployments");
  return [
    ...(whole ? unnamed(neverUsed, usedOnlyWhen) : []).map((right) => `granted and never used: ${right}`),
    ...unnamed(refused, refusedWhen).map((right) => `needed and not granted: ${right}`),
  ];
}
