import { describe, expect, test } from "@jest/globals";
import type { Material } from "../../src/core/evidence.ts";
import { grantedBefore, pastGenerations, withGeneration, withReservation } from "../../src/core/history.ts";
import { days, hours, minutes } from "../../src/core/instant.ts";
import { sawAt } from "../../src/core/seen.ts";
import { acting, installation } from "../builders/casefile.ts";
import { bundledPair, chart, type Pair } from "../builders/certificates.ts";
import { formerPair, presentPair } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

const material = ({ generation, certificates }: Pair, more: Partial<Material> = {}): Material => ({
  from: "Secret",
  generation,
  certificates,
  writtenAt: ago(minutes(3)),
  keyFits: sawAt(true, NOW),
  writers: ["cert-manager"],
  ...more,
});
const stored = (of: Material, known = installation()) => withGeneration(known, of, acting, NOW);

describe("a generation is stored", () => {
  const two = bundledPair(chart("stored"), chart("stored-too"));

  test("as PEM, one certificate after the other, and nothing between them", () => {
    expect(stored(material(two)).generations).toStrictEqual([
      {
        generation: two.generation,
        leafPem: two.leaf.pem,
        caPem: two.certificates.ca.map((c) => c.pem).join(""),
        writtenAt: ago(minutes(3)),
        seenAt: NOW,
        writers: ["cert-manager"],
      },
    ]);
    expect(two.leaf.pem).toMatch(/^-----BEGIN CERTIFICATE-----\n[^-]+\n-----END CERTIFICATE-----\n$/);
  });

  test("up to 3000 characters of PEM, else not at all", () => {
    const leafPem = (length: number) => {
      const { leaf, ...rest } = presentPair.certificates;
      const certificates = { ...rest, leaf: { ...leaf, pem: "x".repeat(length) } };
      return stored(material(presentPair, { certificates })).generations[0]?.leafPem.length;
    };
    expect([leafPem(3000), leafPem(3001)]).toEqual([3000, 0]);
  });

  test("with four writers at most, and 63 characters of each", () => {
    const writers = Array.from({ length: 6 }, (_, i) => `${i}${"w".repeat(70)}`);
    expect(stored(material(presentPair, { writers })).generations[0]?.writers).toEqual(
      [0, 1, 2, 3].map((i) => `${i}${"w".repeat(62)}`),
    );
  });

  test("and one whose leaf was left out is no history", () => {
    const known = stored(material(formerPair));
    const [first] = known.generations;
    const without = { ...known, generations: [{ ...(first as NonNullable<typeof first>), leafPem: "" }] };
    expect(pastGenerations(known, presentPair.generation)).toHaveLength(1);
    expect(pastGenerations(without, presentPair.generation)).toEqual([]);
  });
});

test("a rotation as old as the storm's window is forgotten, one a moment younger is not", () => {
  const known = { ...stored(material(formerPair)), rotations: [ago(minutes(30)), ago(minutes(30)) + 1] };
  expect(stored(material(presentPair), known).rotations).toEqual([ago(minutes(30)) + 1, NOW]);
});

test("at most twelve rotations are kept, where the storm brake counts no more", () => {
  const rotations = Array.from({ length: 20 }, (_, i) => ago(minutes(20)) + i);
  const known = { ...stored(material(formerPair)), rotations };
  expect(stored(material(presentPair), known).rotations).toEqual([...rotations.slice(9), NOW]);
});

describe("a grant", () => {
  const grant = { generation: "g", components: ["operator"] as const, cause: "OperatorStale", at: ago(minutes(2)) };
  const counts = (rotations: readonly number[], components: readonly ("operator" | "metrics-apiserver")[]) =>
    grantedBefore(installation({ reservations: [grant], rotations }), "g", components);

  test("counts from the moment on in which its generation was seen", () => {
    expect(counts([], ["operator"])).toBe(true);
    expect(counts([ago(hours(1)), ago(minutes(2))], ["operator"])).toBe(true);
    expect(counts([ago(minutes(2)) + 1], ["operator"])).toBe(false);
    expect(counts([ago(minutes(2)) + 1, ago(minutes(3))], ["operator"])).toBe(true);
  });

  test("is for its own components", () => {
    expect(counts([], ["metrics-apiserver"])).toBe(false);
    expect(counts([], ["operator", "metrics-apiserver"])).toBe(false);
  });

  test("is forgotten when it is a day old, not a moment before", () => {
    const reservations = [days(1), days(1) - 1].map((age) => ({ ...grant, generation: `${age}`, at: ago(age) }));
    const known = withReservation(installation({ reservations }), { ...grant, now: NOW });
    expect(known.reservations.map((r) => r.at)).toEqual([ago(days(1) - 1), NOW]);
  });

  test("of sixteen the newest are kept", () => {
    const reservations = Array.from({ length: 20 }, (_, i) => ({
      ...grant,
      generation: `g${i}`,
      at: ago(minutes(20 - i)),
    }));
    const known = withReservation(installation({ reservations }), { ...grant, now: NOW });
    expect(known.reservations.map((r) => r.generation)).toEqual([
      ...reservations.slice(5).map((r) => r.generation),
      "g",
    ]);
  });
});
