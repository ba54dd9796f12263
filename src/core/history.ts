import { workloadOf } from "./casefile.ts";
import { readCertificates } from "./certificate/certificate.ts";
import { type Component, components, type Evidence, type Material, type PastGeneration } from "./evidence.ts";
import type { Installation, SeenRestarts, StoredGeneration } from "./installation.ts";
import { days, type Instant } from "./instant.ts";
import type { Policy } from "./policy.ts";

const keptGenerations = 2;
const keptRotations = 12;
/** Generations: what fits beside the certificates of two of them. */
const keptRestarts = 3;
/** A SHA-256 in hexadecimal; a mark that is longer is none of ours, and would fill the document. */
const longestMark = 64;
/** PEM of a leaf, or of a CA, in the document: two generations and the rest must fit into 16 KB. */
const mostPem = 3000;

/** All of a bundle or nothing: half a pool would predict what no process logs, an unknown one predicts nothing. */
const pemOf = (certificates: readonly { readonly pem: string }[]): string => {
  const pem = certificates.map((c) => c.pem).join("");
  return pem.length > mostPem ? "" : pem;
};

const stored = (material: Material, now: Instant): StoredGeneration => ({
  generation: material.generation,
  leafPem: pemOf([material.certificates.leaf, ...material.certificates.intermediates]),
  caPem: pemOf(material.certificates.ca),
  writtenAt: material.writtenAt,
  seenAt: now,
  writers: material.writers.slice(0, 4).map((writer) => writer.slice(0, 63)),
});

/** Remembers a generation when it is first seen; unchanged (same object) when it is known. */
export function withGeneration(
  installation: Installation,
  material: Material,
  policy: Policy,
  now: Instant,
): Installation {
  if (installation.generations[0]?.generation === material.generation) return installation;
  const first = installation.generations.length === 0;
  const rotations = installation.rotations.filter((at) => at > now - policy.stormWindow);
  return {
    ...installation,
    updatedAt: now,
    // One that comes back is the older of the two, and drops out.
    generations: [stored(material, now), ...installation.generations].slice(0, keptGenerations),
    // The generation that we found at our first look is no rotation that we saw.
    rotations: (first ? rotations : [...rotations, now]).slice(-Math.max(keptRotations, policy.stormGenerations)),
  };
}

function past(g: StoredGeneration): readonly PastGeneration[] {
  const leaf = readCertificates(g.leafPem);
  const ca = readCertificates(g.caPem);
  const first = leaf.ok ? leaf.certificates[0] : undefined;
  if (!leaf.ok || !ca.ok || first === undefined) return [];
  return [
    {
      generation: g.generation,
      writtenAt: g.writtenAt,
      certificates: { leaf: first, intermediates: leaf.certificates.slice(1), ca: ca.certificates },
    },
  ];
}

/** Earlier generations on record, newest first, without the present one. */
export const pastGenerations = (
  installation: Installation | undefined,
  present: string | undefined,
): readonly PastGeneration[] => (installation?.generations ?? []).filter((g) => g.generation !== present).flatMap(past);

/**
 * Whether a restart of these components was granted since this generation is the present one. A generation that comes
 * back (two writers fighting over the Secret) must be granted, and paid from the budget, anew.
 */
export function grantedBefore(
  { reservations, rotations }: Installation,
  generation: string,
  components: readonly Component[],
): boolean {
  const presentSince = rotations.at(-1) ?? 0;
  return reservations.some(
    (r) => r.generation === generation && r.at >= presentSince && components.every((c) => r.components.includes(c)),
  );
}

const sides = { operator: "operator", "metrics-apiserver": "metricsApiserver" } as const;

/** When this component was restarted for this generation; undefined when no Deployment was ever seen to show it. */
export const restartOnRecord = (
  { restarts = [] }: Pick<Installation, "restarts">,
  generation: string,
  component: Component,
): Instant | undefined => restarts.find((r) => r.generation === generation)?.[sides[component]];

function withRestart(known: Installation, evidence: Evidence, component: Component): Installation {
  const { restartedFor: generation, restartedAt } = workloadOf(evidence, component) ?? {};
  if (generation === undefined || generation.length > longestMark) return known;
  if (restartOnRecord(known, generation, component) !== undefined) return known;
  const { restarts = [] } = known;
  const own = restarts.find((r) => r.generation === generation) ?? { generation };
  const next: SeenRestarts = { ...own, [sides[component]]: restartedAt ?? evidence.at };
  return { ...known, restarts: [...restarts.filter((r) => r !== own), next].slice(-keptRestarts) };
}

/**
 * Remembers the restarts that the Deployments show, so that neither a template that is put back nor a later plan makes us
 * forget them (I2). Unchanged (same object) when all of them are known.
 */
export const withRestarts = (installation: Installation, evidence: Evidence): Installation =>
  components.reduce((known, component) => withRestart(known, evidence, component), installation);

export interface Grant {
  readonly generation: string;
  readonly components: readonly Component[];
  readonly cause: string;
  readonly now: Instant;
}

/** Reserves a plan as a whole before its first step; granting the same plan again changes nothing. */
export function withReservation(
  installation: Installation,
  { generation, components, cause, now }: Grant,
): Installation {
  if (grantedBefore(installation, generation, components)) return installation;
  const kept = installation.reservations.filter((r) => r.at > now - days(1)).slice(-15);
  return { ...installation, updatedAt: now, reservations: [...kept, { generation, components, cause, at: now }] };
}

export const withOpenBreaker = (installation: Installation, generation: string, now: Instant): Installation =>
  installation.breaker.includes(generation)
    ? installation
    : { ...installation, updatedAt: now, breaker: [...installation.breaker, generation].slice(-4) };
