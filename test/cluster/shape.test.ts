import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { Loose } from "./api/client.ts";
import { changes, recorded, recordingFolder } from "./record/record.ts";
import { withoutKey } from "./record/take.ts";

const committed = (name: string) => JSON.parse(readFileSync(join(recordingFolder(recorded), `${name}.json`), "utf8"));
const copyOf = (name: string) => structuredClone(committed(name));

describe("a recording's shape", () => {
  test.each(["1-healthy", "2-latent", "3-failing", "4-healed", "cloudevents"])("of %s is its own", (name) => {
    expect(changes(name, committed(name), copyOf(name))).toEqual([]);
  });

  test("does not depend on names of Pods, on times and on ids", () => {
    const another = JSON.parse(
      JSON.stringify(committed("3-failing"))
        .replaceAll("keda-operator-7b58775b5-b4kvm", "keda-operator-6c48c5c9d7-x2x2x")
        .replaceAll("2026-11-23T", "2031-01-01T")
        .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-/g, "01234567-89ab-"),
    );
    expect(changes("3-failing", committed("3-failing"), another)).toEqual([]);
  });

  test.each([
    ["a part that is missing", (s: Loose) => delete s.leases, /^3-failing: missing: \.leases/],
    ["a part that is new", (s: Loose) => Object.assign(s, { nodes: [{ ready: true }] }), /^3-failing: new: \.nodes/],
    ["a log as a list", (s: Loose) => Object.assign(s, { logs: { "keda-operator-7b58775b5-b4kvm": ["x"] } }), /\.logs/],
    [
      "HPAs without conditions",
      (s: Loose) => {
        for (const { status } of s.hpas.items) delete status.conditions;
      },
      /conditions/,
    ],
  ])("shows %s", (_what, change, sentence) => {
    const other = copyOf("3-failing");
    change(other);
    expect(changes("3-failing", committed("3-failing"), other).join("\n")).toMatch(sentence);
  });

  test("shows a source that sends other headers", () => {
    const other = copyOf("cloudevents");
    for (const { headers } of other) delete headers["ce-kind"];
    expect(changes("cloudevents", committed("cloudevents"), other).join("\n")).toMatch(/missing: header ce-kind/);
  });
});

test("the private key is taken out, also where kubectl has copied it", () => {
  const secret = {
    metadata: {
      name: "kedaorg-certs",
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "c2VjcmV0" },
    },
    data: { "tls.crt": "cHVibGlj", "tls.key": "c2VjcmV0" },
  };
  const kept = withoutKey(secret);
  expect(JSON.stringify(kept)).not.toContain("c2VjcmV0");
  expect(kept.data["tls.crt"]).toBe("cHVibGlj");
});
