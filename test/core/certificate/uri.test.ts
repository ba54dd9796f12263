import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { DerReader, Unreadable } from "../../../src/core/certificate/der.ts";
import { readAlternativeNames } from "../../../src/core/certificate/names.ts";
import { implicit, sequence } from "../../../src/sandbox/pki/der.ts";
import { uris } from "../../oracle/certificate/uris.ts";

// Written by test/oracle/certificate/makeUris.ts with a real Go.
const table = JSON.parse(
  readFileSync(new URL("../../oracle/certificate/uris.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;

function told(uri: string): string {
  const list = sequence(implicit(6, Buffer.from(uri, "utf8")));
  try {
    const { uris: read } = readAlternativeNames(new DerReader(list));
    expect(read).toEqual([uri]);
    return "";
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return error.message;
  }
}

describe("a URI for a name is refused exactly where Go's net/url refuses it, in the same words", () => {
  it("every one of them was put to Go", () => {
    expect(Object.keys(table).sort()).toEqual([...new Set(uris)].sort());
    expect(Object.values(table).filter((text) => text === "").length).toBeGreaterThan(40);
    expect(new Set(Object.values(table)).size).toBeGreaterThan(100);
  });

  it.each(Object.entries(table))("%j", (uri, text) => {
    expect(told(uri)).toBe(text);
  });
});
