import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { modes, rows } from "../oracle/handshake/truth.ts";
import { causes } from "./causes.ts";

const grounds = [
  ...new Set(causes.flatMap(({ variants, pair }) => [...variants, pair.one, pair.other]).map(({ ground }) => ground)),
];
const found = (pattern: RegExp) => grounds.flatMap((ground) => [...ground.matchAll(pattern)]);

const cited = found(/oracle (M\d+) client ([ONU]{2}), server ([ONU]{2})(?:: (ok|S!|C!))?/g);

test("rows of the oracle that are cited exist, with the outcome that is cited", () => {
  expect(cited.length).toBeGreaterThan(10);
  for (const [text, mode, client, server, outcome] of cited) {
    const outcomes = rows
      .filter((row) => row.mode.id === mode && row.client === client && row.server === server)
      .map((row) => row.outcome);
    expect([text, outcomes.length > 0]).toEqual([text, true]);
    if (outcome !== undefined) expect([text, ...new Set(outcomes)]).toEqual([text, outcome]);
  }
});

test("changes of the Secret that are cited are in the oracle", () => {
  const known = new Set(modes.map(({ id }) => id));
  expect(found(/oracle (M\d+)/g).filter(([, mode = ""]) => !known.has(mode))).toEqual([]);
});

test("recordings that are cited exist", () => {
  const recordings = found(/recording ([\w.-]+\/\d-\w+)/g).map(([, path]) => path);
  expect(recordings.length).toBeGreaterThan(3);
  for (const path of recordings)
    expect([path, existsSync(new URL(`../fixtures/recordings/${path}.json`, import.meta.url))]).toEqual([path, true]);
});

/** An issue, a row of the oracle, a recording, a source file or package, something measured, or a page of facts. */
const citation =
  /#\d+|oracle M\d+|recording |[\w/]+\.go\b|crypto\/\w+|measured with KEDA|apimachinery|kube-aggregator|grpc-go|kubelet|cert-manager|kubectl rollout status|kedacore\/|kubernetes\/website|docs\/facts|RFC \d+|SRE book/;

test("every ground cites something that can be looked up", () => {
  expect(grounds.filter((ground) => !citation.test(ground))).toEqual([]);
});
