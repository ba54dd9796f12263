import { availability } from "./availability.ts";
import type { CheckFamily, Reason } from "./check.ts";
import { hopA } from "./hopA.ts";
import { latent } from "./latent.ts";
import { layout } from "./layout.ts";
import { material } from "./material.ts";
import { mismatch } from "./mismatch.ts";
import { network } from "./network.ts";
import { progress } from "./progress.ts";
import { scaler } from "./scaler.ts";
import { stuck } from "./stuck.ts";

/** The order of judging. The first check that stops decides; adding a cause is one file and one line here. */
export const families: readonly CheckFamily[] = [
  layout, // who is it?
  material, // would a restart load something usable?
  availability, // are both sides there at all?
  progress, // is something under way?
  hopA, // kube-apiserver -> metrics-apiserver
  scaler, // operator -> source: proves hop B
  network, // hop B fails, and not in TLS
  mismatch, // hop B fails in TLS: who is stale?
  stuck, // hop B times out without a reason
  latent, // nothing fails: will it?
];

export const checkReasons: Readonly<Record<string, Reason>> = Object.assign(
  {},
  ...families.map((family) => family.reasons),
);
