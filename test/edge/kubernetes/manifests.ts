import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: unknown;
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[];
  readonly spec?: unknown;
}

export const manifestText = (name: string): string =>
  readFileSync(new URL(`../../../infra/kubernetes/${name}`, import.meta.url), "utf8");

export const manifests = (name: string): Manifest[] => loadAll(manifestText(name)) as Manifest[];
