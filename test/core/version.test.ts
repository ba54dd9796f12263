import { expect, test } from "@jest/globals";
import { parseVersion, reloadsCertificates } from "../../src/core/version.ts";

test.each([
  ["2.13.1", [2, 13, 1]],
  ["v2.17.2", [2, 17, 2]],
  ["v12.0.0", [12, 0, 0]],
  ["2.17.2-rc1", [2, 17, 2]],
  ["2.20.0+corp", [2, 20, 0]],
])("%s is a version", (text, version) => {
  expect(parseVersion(text)).toEqual(version);
});

test.each(["main", "latest", "", undefined, "2.17", "2.17.2.1", "sha256", "abc2.17.2", "12345.1.1"])(
  "%s is none",
  (text) => {
    expect(parseVersion(text)).toBeUndefined();
    expect(reloadsCertificates(text)).toBeUndefined();
  },
);

test.each([
  ["2.9.0", false],
  ["2.13.1", false],
  ["2.17.1", false],
  ["2.17.2", true],
  ["2.17.10", true],
  ["2.18.0", true],
  ["3.0.0", true],
  ["1.99.99", false],
])("%s reloads by itself: %s", (version, reloads) => {
  expect(reloadsCertificates(version)).toBe(reloads);
});
