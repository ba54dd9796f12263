import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";

export const root = new URL("../../../", import.meta.url);
export const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

// biome-ignore lint/suspicious/noExplicitAny: manifests of thirty kinds, read at a test's own risk
export type Loose = any;

/** A Kubernetes object out of a manifest. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Loose;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: Loose;
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
  readonly automountServiceAccountToken?: boolean;
}

export const objects = (text: string): readonly Manifest[] =>
  (loadAll(text) as (Manifest | null)[]).filter((object) => object !== null);

export const ofKind = (all: readonly Manifest[], ...kinds: string[]): readonly Manifest[] =>
  all.filter(({ kind }) => kinds.includes(kind));

export const named = (all: readonly Manifest[], kind: string, name: string): Manifest => {
  const found = all.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
};

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: Loose }[];
  readonly securityContext?: Loose;
  readonly resources?: Loose;
  readonly livenessProbe?: Loose;
  readonly readinessProbe?: Loose;
}

/** Pod templates of whatever runs our image. */
export const podsOf = (all: readonly Manifest[]): readonly { readonly owner: Manifest; readonly spec: Loose }[] =>
  all
    .filter(({ spec }) => spec?.template?.spec?.containers)
    .map((owner) => ({ owner, spec: owner.spec.template.spec }));

export const containersOf = (all: readonly Manifest[]): readonly Container[] =>
  podsOf(all).flatMap(({ spec }) => spec.containers as Container[]);

/** The environment that a process gets; what comes from elsewhere has a stand-in. */
export const environmentOf = ({ env = [] }: Container): Readonly<Record<string, string>> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value ?? "from-elsewhere"]));
