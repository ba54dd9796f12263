import { describe, expect, test } from "@jest/globals";
import type { Material } from "../../src/core/evidence.ts";
import {
  pastGenerations,
  restartOnRecord,
  withGeneration,
  withOpenBreaker,
  withReservation,
  withRestarts,
} from "../../src/core/history.ts";
import type { Installation } from "../../src/core/installation.ts";
import { hours, minutes } from "../../src/core/instant.ts";
import { sawAt } from "../../src/core/seen.ts";
import { acting, installation, policy } from "../builders/casefile.ts";
import { bundledPair, chart, type Pair, pairOf, selfSigned } from "../builders/certificates.ts";
import { evidence, formerPair, presentPair } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

const material = (pair: Pair, writtenAt = NOW, writers = ["cert-manager"]): Material => ({
  from: "Secret",
  generation: pair.generation,
  certificates: pair.certificates,
  writtenAt,
  keyFits: sawAt(true, NOW),
  writers,
});
const seen = (pairs: readonly Pair[], start = installation()) =>
  pairs.reduce((known, pair, i) => withGeneration(known, material(pair), acting, NOW + minutes(i)), start);
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe("generations", () => {
  test("the first one seen is no rotation that we saw", () => {
    expect(seen([formerPair])).toMatchObject({ rotations: [], generations: [{ generation: formerPair.generation }] });
  });

  test("the next one is, and the one before it is kept", () => {
    const known = seen([formerPair, presentPair]);
    expect(known.rotations).toEqual([NOW + minutes(1)]);
    expect(known.generations.map((g) => g.generation)).toEqual([presentPair.generation, formerPair.generation]);
  });

  test("a known one changes nothing, not even the object", () => {
    const known = seen([formerPair]);
    expect(withGeneration(known, material(formerPair), acting, NOW + hours(1))).toBe(known);
  });

  test("a third one drops the first: two are kept", () => {
    expect(seen([formerPair, presentPair, selfSigned("third")]).generations).toHaveLength(2);
  });

  test("one that comes back is a rotation, and is kept once, by its new time", () => {
    const known = seen([formerPair, presentPair, formerPair]);
    expect(known.rotations).toHaveLength(2);
    expect(known.generations.map((g) => g.generation)).toEqual([formerPair.generation, presentPair.generation]);
  });

  test("as many rotations are kept as the storm brake counts", () => {
    const by = policy({ stormGenerations: 30 });
    const many = Array.from({ length: 40 }, (_, i) => ago(minutes(20)) + i * 1000);
    const known = withGeneration({ ...seen([formerPair]), rotations: many }, material(presentPair), by, NOW);
    expect(known.rotations).toHaveLength(30);
  });

  test("rotations of before the storm's window are forgotten", () => {
    const known = withGeneration(
      { ...seen([formerPair]), rotations: [ago(hours(2))] },
      material(presentPair),
      acting,
      NOW,
    );
    expect(known.rotations).toEqual([NOW]);
  });

  test("what was stored reads back as the same certificates", () => {
    const [past] = pastGenerations(seen([formerPair, presentPair]), presentPair.generation);
    expect(past).toEqual({ generation: formerPair.generation, certificates: formerPair.certificates, writtenAt: NOW });
  });

  test("the present one is no history, and an unknown installation has none", () => {
    expect(pastGenerations(seen([formerPair]), formerPair.generation)).toEqual([]);
    expect(pastGenerations(undefined, "any")).toEqual([]);
  });

  test("a pool that is too large to keep is unknown, never half known", () => {
    const many = Array.from({ length: 9 }, (_, i) => chart(`pool-${i}`));
    const large = bundledPair(presentPair, ...many);
    const known = seen([large, formerPair]);
    expect(pastGenerations(known, formerPair.generation)).toEqual([]);
  });

  test("no private key is ever stored", () => {
    expect(JSON.stringify(seen([formerPair, presentPair]))).not.toContain("PRIVATE");
  });
});

describe("reservations", () => {
  const grant = {
    generation: "g1",
    components: ["operator", "metrics-apiserver"] as const,
    cause: "BothStale",
    now: NOW,
  };

  test("granting the same plan again changes nothing: a crash costs no budget", () => {
    const known = withReservation(installation(), grant);
    expect(known.reservations).toHaveLength(1);
    expect(withReservation(known, { ...grant, now: NOW + minutes(1) })).toBe(known);
    expect(withReservation(known, { ...grant, components: ["metrics-apiserver"] })).toBe(known);
  });

  test("another generation is another plan", () => {
    const known = withReservation(withReservation(installation(), grant), { ...grant, generation: "g2" });
    expect(known.reservations.map((r) => r.generation)).toEqual(["g1", "g2"]);
  });

  test("what is older than a day is forgotten, the last 24 h are not", () => {
    const old = { generation: "old", components: ["operator"] as const, cause: "OperatorStale", at: ago(hours(25)) };
    const young = { ...old, generation: "young", at: ago(hours(23)) };
    const known = withReservation(installation({ reservations: [old, young] }), grant);
    expect(known.reservations.map((r) => r.generation)).toEqual(["young", "g1"]);
  });
});

describe("restarts", () => {
  const shown = (operator: string | undefined, metricsApiserver: string | undefined, at = ago(minutes(4))) => {
    const mark = (generation: string | undefined) =>
      generation === undefined ? {} : { restartedFor: generation, restartedAt: at };
    return evidence({ operator: mark(operator), metricsApiserver: mark(metricsApiserver) });
  };
  const both = shown("g1", "g1");

  test("what a Deployment shows is on record by component and generation, with its time", () => {
    const known = withRestarts(installation(), shown("g1", "g2"));
    expect(known.restarts).toEqual([
      { generation: "g1", operator: ago(minutes(4)) },
      { generation: "g2", metricsApiserver: ago(minutes(4)) },
    ]);
    expect(restartOnRecord(known, "g1", "operator")).toBe(ago(minutes(4)));
    expect(restartOnRecord(known, "g1", "metrics-apiserver")).toBeUndefined();
    expect(restartOnRecord(known, "g2", "operator")).toBeUndefined();
  });

  test("a known one, and no mark at all, change nothing, not even the object", () => {
    const known = withRestarts(installation(), both);
    expect(withRestarts(known, both)).toBe(known);
    expect(withRestarts(known, shown("g1", undefined))).toBe(known);
    expect(withRestarts(known, shown(undefined, undefined))).toBe(known);
    expect(restartOnRecord(installation(), "g1", "operator")).toBeUndefined();
  });

  test("a mark without a time is from when it was seen", () => {
    const known = withRestarts(installation(), evidence({ operator: { restartedFor: "g1" } }));
    expect(known.restarts).toEqual([{ generation: "g1", operator: NOW }]);
  });

  test("the other component's is added to it, and keeps its own time", () => {
    const later = withRestarts(withRestarts(installation(), shown("g1", undefined)), shown("g1", "g1", NOW));
    expect(later.restarts).toEqual([{ generation: "g1", operator: ago(minutes(4)), metricsApiserver: NOW }]);
  });

  test("a later one does not make the earlier forgotten; of many the newest three are kept", () => {
    const many = ["g1", "g2", "g3", "g4"].reduce((k, g) => withRestarts(k, shown(g, g)), installation());
    const two = withRestarts(withRestarts(installation(), both), shown("g2", "g2"));
    expect(restartOnRecord(two, "g1", "operator")).toBeDefined();
    expect(many.restarts?.map((r) => r.generation)).toEqual(["g2", "g3", "g4"]);
  });

  test("a mark that is longer than a hash is none of ours: it must not fill the document", () => {
    const long = withRestarts(installation(), shown("g".repeat(65), "g".repeat(64)));
    expect(long.restarts).toEqual([{ generation: "g".repeat(64), metricsApiserver: ago(minutes(4)) }]);
  });
});

test("the breaker remembers a few generations, each once", () => {
  const open = (known: Installation, generation: string) => withOpenBreaker(known, generation, NOW);
  const known = ["a", "b", "c", "d", "e"].reduce(open, installation());
  expect(known.breaker).toEqual(["b", "c", "d", "e"]);
  expect(open(known, "e")).toBe(known);
});

describe("the document stays within 16 KB", () => {
  const reserved = (known: Installation) =>
    Array.from({ length: 40 }, (_, i) => `${i}`.padStart(64, "0")).reduce(
      (k, generation, i) =>
        withReservation(k, {
          generation,
          components: ["operator", "metrics-apiserver"],
          cause: "MetricsApiserversMixed",
          now: NOW + i,
        }),
      known,
    );
  const rotated = (known: Installation) => ({ ...known, rotations: Array.from({ length: 100 }, (_, i) => NOW + i) });
  const broken = (known: Installation) =>
    ["a", "b", "c", "d", "e"].reduce((k, g) => withOpenBreaker(k, g.repeat(64), NOW), known);
  const restarted = (known: Installation) =>
    ["a", "b", "c", "d", "e"].reduce((k, g) => {
      const mark = { restartedFor: g.repeat(64), restartedAt: NOW };
      return withRestarts(k, evidence({ operator: mark, metricsApiserver: mark }));
    }, known);
  const name = `${"prod-".repeat(30)}.${"keda-".repeat(12)}`;
  const writers = Array.from({ length: 9 }, (_, i) => `${"controller-".repeat(11)}${i}`);
  const full = (pairs: readonly Pair[]) =>
    restarted(
      broken(
        rotated(
          reserved(
            pairs.reduce((k, p) => withGeneration(k, material(p, NOW, writers), acting, NOW), installation({ name })),
          ),
        ),
      ),
    );

  test("with 4096-bit RSA certificates", async () => {
    const { generateKeyPairSync } = await import("node:crypto");
    const key = () => ({ algorithm: "RSA" as const, ...generateKeyPairSync("rsa", { modulusLength: 4096 }) });
    const { mintSelfSignedPair } = await import("../../src/sandbox/pki/keda.ts");
    const dates = { notBefore: ago(hours(1)), notAfter: NOW + hours(1), namespace: "keda-of-the-platform-team" };
    const pairs = [key(), key()].map((k) => pairOf(mintSelfSignedPair({ ...dates, key: k })));
    const known = full(pairs);
    expect(bytes(known)).toBeLessThanOrEqual(16 * 1024);
    // They are kept, not merely left out for their size.
    expect(pastGenerations(known, pairs[1]?.generation)).toHaveLength(1);
  });

  test("with bundles that are as large as may be kept", () => {
    const many = Array.from({ length: 2 }, (_, i) => chart(`bundle-${i}`, { algorithm: "RSA" }));
    const pairs = ["x", "y"].map((n) => bundledPair(chart(n), ...many));
    expect(bytes(full(pairs))).toBeLessThanOrEqual(16 * 1024);
  });
});
