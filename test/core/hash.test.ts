import { expect, test } from "@jest/globals";
import { shortHash } from "../../src/core/hash.ts";

// Source: the 64 bit FNV-1a test vectors of the draft, draft-eastlake-fnv appendix C; the last one begins with a zero.
test.each([
  ["", "cbf29ce484222325"],
  ["a", "af63dc4c8601ec8c"],
  ["foobar", "85944171f73967e8"],
  ["n0", "08b37c07b558d673"],
])("the FNV-1a hash of %j is %s", (text, hash) => {
  expect(shortHash(text)).toBe(hash);
});
