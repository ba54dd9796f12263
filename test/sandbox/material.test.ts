import { X509Certificate } from "node:crypto";
import { expect, test } from "@jest/globals";
import { namesOf } from "../../src/sandbox/manifests/names.ts";
import { Mint } from "../../src/sandbox/material.ts";

const minute = 60_000;

const minutesLeft = (pem: string, now: number): number =>
  Math.round((Date.parse(new X509Certificate(pem).validTo) - now) / minute);

test("only the first leaf of a world is short-lived, and its CA is not", () => {
  const now = Date.now();
  const mint = new Mint(namesOf("yaml"), "chart", 3 * minute);
  const first = mint.fresh(now);
  expect(minutesLeft(first.tlsCrt, now)).toBe(3);
  expect(minutesLeft(first.caCrt, now)).toBeGreaterThan(365 * 24 * 60);
  for (const later of [mint.rotate("leafOnly", now), mint.fresh(now)])
    expect(minutesLeft(later.tlsCrt, now)).toBeGreaterThan(365 * 24 * 60 - 2);
});
