import type { Certificate, Generation } from "../../../src/core/certificate/certificate.ts";
import { generationOf } from "../../../src/core/certificate/rotation.ts";
import { innermostTlsText } from "../../../src/core/certificate/text.ts";
import type { Evidence, HopBLog, Presented } from "../../../src/core/evidence.ts";
import { days, minutes } from "../../../src/core/instant.ts";
import { sawAt } from "../../../src/core/seen.ts";
import { evidence, killedAt, oomKilled, rotatedAt, tlsFailing, working } from "../../builders/evidence.ts";
import { active, failing504 } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";
import { kedaOf } from "./cure.ts";
import { leafOf, type Row, type State } from "./truth.ts";

/** Up to 2.17.1 certificates are loaded once, at start; a newer one reloads them. */
export type Version = "2.13.1" | "2.20.1";

/** The versions whose processes can be in this pair of states; both where no KEDA can, which is then only a trap. */
export const versionsOf = (row: Row): readonly Version[] =>
  kedaOf(row) === "reloading" ? ["2.20.1"] : ["2.13.1", "2.20.1"];

const bundle = ({ leaf, intermediates }: Generation): readonly Certificate[] => [leaf, ...intermediates];
const nameOf = (generation: Generation): string => generationOf(bundle(generation), generation.ca);
const presented = (generation: Generation): Presented => ({ leaf: generation.leaf, chain: bundle(generation) });

/** NN is a restart after the write; every other state is that of a process from before it. */
const isFresh = (state: State): boolean => state === "NN";

/** What the metrics-apiserver's log has about this outcome: the text only where TLS fails. */
function logOf(row: Row, version: Version): HopBLog {
  const line = version === "2.13.1" ? row.staticClientText : row.clientText;
  const text = innermostTlsText(line);
  return text === undefined ? working : tlsFailing(text);
}

/** Full evidence of a row two hours after the Secret changed: everything was seen, and the past generation is on record. */
export function evidenceOf(row: Row, version: Version): Evidence {
  const { mode, client, server, outcome } = row;
  const shown = presented(leafOf(mode, server));
  const base = evidence({
    writtenAt: rotatedAt,
    operator: { version },
    metricsApiserver: { version },
    operatorPods: [isFresh(server) ? oomKilled(killedAt) : {}],
    adapterPods: [isFresh(client) ? { startedAt: ago(minutes(15)) } : {}],
    log: logOf(row, version),
    hpas: outcome === "ok" ? active() : failing504(),
    apiService: { caBundle: mode.new.ca },
  });
  const material = {
    from: "Secret" as const,
    generation: nameOf(mode.new),
    certificates: mode.new,
    writtenAt: rotatedAt,
    keyFits: sawAt(true, NOW),
    writers: ["cert-manager"],
  };
  return {
    ...base,
    material: sawAt({ usable: true, material }, NOW),
    operatorPresents: { "operator-1": sawAt(shown, NOW) },
    // :6443 reloads from disk, whatever hop B holds.
    metricsApiserverPresents: { "adapter-1": sawAt(presented(mode.new), NOW) },
    history: [{ generation: nameOf(mode.old), certificates: mode.old, writtenAt: ago(days(30)) }],
  };
}
