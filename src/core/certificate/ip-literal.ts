import { goQuoteOctets } from "./quote.ts";

/** Go's net/netip ParseAddr, for what it says: names in brackets are read by it. Texts are octets, one character each. */

interface Fault {
  readonly message: string;
  /** The part that was not read; never empty. */
  readonly at?: string;
}

export type AddressFamily = "IPv4" | "IPv6";
export type AddressRead = { readonly family: AddressFamily } | { readonly problem: string };

export function readAddress(text: string): AddressRead {
  const family: AddressFamily = /[.:%]/.exec(text)?.[0] === "." ? "IPv4" : "IPv6";
  const fault = faultOf(text);
  if (fault === undefined) return { family };
  const at = fault.at === undefined ? "" : ` (at ${goQuoteOctets(fault.at)})`;
  return { problem: `ParseAddr(${goQuoteOctets(text)}): ${fault.message}${at}` };
}

function faultOf(text: string): Fault | undefined {
  const first = /[.:%]/.exec(text)?.[0];
  if (first === undefined) return { message: "unable to parse IP" };
  if (first === "%") return { message: "missing IPv6 address" };
  return first === "." ? v4Fault(text) : v6Fault(text);
}

interface Fields {
  readonly dots: number;
  /** Digits of the field that is being read. */
  readonly digits: string;
}

function v4Fault(text: string): Fault | undefined {
  let fields: Fields = { dots: 0, digits: "" };
  for (let i = 0; i < text.length; i += 1) {
    const next = withCharacter(fields, text, i);
    if ("message" in next) return next;
    fields = next;
  }
  return fields.dots < 3 ? { message: "IPv4 address too short" } : undefined;
}

function withCharacter({ dots, digits }: Fields, text: string, i: number): Fields | Fault {
  const character = text[i] ?? "";
  if (/\d/.test(character)) return digitAdded({ dots, digits }, character);
  if (character !== ".") return { message: "unexpected character", at: text.slice(i) };
  if (digits === "" || i === text.length - 1)
    return { message: "IPv4 field must have at least one digit", at: text.slice(i) };
  return dots === 3 ? { message: "IPv4 address too long" } : { dots: dots + 1, digits: "" };
}

function digitAdded({ dots, digits }: Fields, digit: string): Fields | Fault {
  if (digits === "0") return { message: "IPv4 field has octet with leading zero" };
  return Number(digits + digit) > 255 ? { message: "IPv4 field has value >255" } : { dots, digits: digits + digit };
}

interface Groups {
  readonly rest: string;
  readonly octets: number;
  /** A `::` was read. */
  readonly gap: boolean;
}

const OCTETS = 16;

function v6Fault(text: string): Fault | undefined {
  const percent = text.indexOf("%");
  if (percent === text.length - 1) return { message: "zone must be a non-empty string" };
  const address = percent < 0 ? text : text.slice(0, percent);
  const gap = address.startsWith("::");
  if (address === "::") return undefined;
  let groups: Groups = { rest: gap ? address.slice(2) : address, octets: 0, gap };
  do {
    const next = withGroup(groups);
    if ("message" in next) return next;
    groups = next;
  } while (groups.octets < OCTETS && groups.rest !== "");
  return whole(groups);
}

function whole({ rest, octets, gap }: Groups): Fault | undefined {
  if (rest !== "") return { message: "trailing garbage after address", at: rest };
  if (octets < OCTETS) return gap ? undefined : { message: "address string too short" };
  return gap ? { message: "the :: must expand to at least one field of zeros" } : undefined;
}

function withGroup(groups: Groups): Groups | Fault {
  const { rest, octets, gap } = groups;
  const digits = /^[0-9a-f]*/i.exec(rest)?.[0] ?? "";
  if (digits.length > 4) return { message: "each group must have 4 or less digits", at: rest };
  if (digits === "") return { message: "each colon-separated field must have at least one digit", at: rest };
  const next = rest.slice(digits.length);
  if (next.startsWith(".")) return withV4(groups);
  return next === "" ? { rest: "", octets: octets + 2, gap } : afterColon({ rest: next, octets: octets + 2, gap });
}

function withV4({ rest, octets, gap }: Groups): Groups | Fault {
  if (!gap && octets !== OCTETS - 4)
    return { message: "embedded IPv4 address must replace the final 2 fields of the address", at: rest };
  if (octets > OCTETS - 4)
    return { message: "too many hex fields to fit an embedded IPv4 at the end of the address", at: rest };
  return v4Fault(rest) ?? { rest: "", octets: octets + 4, gap };
}

function afterColon({ rest, octets, gap }: Groups): Groups | Fault {
  if (!rest.startsWith(":")) return { message: "unexpected character, want colon", at: rest };
  if (rest === ":") return { message: "colon must be followed by more characters", at: rest };
  const next = rest.slice(1);
  if (!next.startsWith(":")) return { rest: next, octets, gap };
  return gap ? { message: "multiple :: in address", at: next } : { rest: next.slice(1), octets, gap: true };
}
