import { describe, expect, test } from "@jest/globals";
import {
  clientJudged,
  explains,
  holderOf,
  reloadedHolder,
  serverJudged,
  shownHolder,
  talk,
} from "../../src/core/holder.ts";
import { hours, minutes } from "../../src/core/instant.ts";
import { sawAt } from "../../src/core/seen.ts";
import { chart, nextLeaf, type Pair, past, serverOnly } from "../builders/certificates.ts";
import { layout } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

const dialling = { now: NOW, dialName: layout.dialName };
const one = chart("holder-one");
const two = chart("holder-two");
const over = nextLeaf(one, "holder-over", { notBefore: ago(hours(9)), notAfter: ago(minutes(1)) });
const holder = (pair: Pair) => holderOf(pair);
const withoutPool = ({ certificates: { leaf, intermediates } }: Pair) => ({ leaf, intermediates });

describe("what is known of a side", () => {
  test("the operator is what it shows: leaf first, then what it sends with it", () => {
    const chain = [one.leaf, ...two.certificates.ca];
    expect(shownHolder({ leaf: one.leaf, chain }, [])).toStrictEqual({
      leaf: one.leaf,
      intermediates: two.certificates.ca,
    });
  });

  test("whom it trusts is known where its leaf is on record, and nowhere else", () => {
    const history = [past(two, ago(hours(2))), past(one, ago(hours(9)))];
    expect(shownHolder(one.presented, history).trusts).toBe(one.certificates.ca);
    expect("trusts" in shownHolder(over.presented, history)).toBe(false);
  });

  test("a KEDA that reloads shows the new leaf and trusts the new CA beside the old one", () => {
    const material = {
      from: "Secret" as const,
      generation: two.generation,
      certificates: two.certificates,
      writtenAt: NOW,
      keyFits: sawAt(true, NOW),
      writers: [],
    };
    expect(reloadedHolder(material, past(one, ago(hours(9))))).toStrictEqual({
      leaf: two.leaf,
      intermediates: [],
      trusts: [...two.certificates.ca, ...one.certificates.ca],
    });
  });
});

/** Whether the client accepts the server, the server the client, and both each other. */
describe("each side judges the other by its own pool", () => {
  test("whoever's pool is not known is taken to accept", () => {
    expect(serverJudged(withoutPool(one), holder(two), dialling)).toStrictEqual({ ok: true });
    expect(clientJudged(holder(two), withoutPool(one), NOW)).toStrictEqual({ ok: true });
  });

  test.each<[string, Pair, Pair, readonly boolean[]]>([
    ["the same pair", one, one, [true, true, true]],
    ["two leaves of one CA", one, nextLeaf(one, "holder-next"), [true, true, true]],
    ["two CAs", one, two, [false, false, false]],
    ["a server whose leaf is over", one, over, [false, true, false]],
    ["a client whose leaf is over", over, one, [true, false, false]],
  ])("%s", (_, client, server, good) => {
    const [c, s] = [holder(client), holder(server)];
    expect([serverJudged(c, s, dialling).ok, clientJudged(c, s, NOW).ok, talk(c, s, dialling)]).toEqual(good);
  });

  test("the dialled name must stand in the server's leaf, no name need stand in the client's", () => {
    const nameless = nextLeaf(one, "holder-nameless", { dnsNames: ["other.keda.svc"] });
    expect(serverJudged(holder(one), holder(nameless), dialling)).toMatchObject({ failure: "HostnameMismatch" });
    expect(clientJudged(holder(nameless), holder(one), NOW).ok).toBe(true);
  });

  test("they talk only at a time at which both leaves are good", () => {
    expect(talk(holder(one), holder(over), { ...dialling, now: ago(minutes(1)) })).toBe(true);
  });
});

describe("a text is explained by what both sides hold", () => {
  const unknownAuthority = serverJudged(holder(one), holder(two), dialling);
  const text = unknownAuthority.ok ? "" : unknownAuthority.text;
  const alert = "remote error: tls: bad certificate";

  test("a text about the server: the client refuses it in these words", () => {
    expect(text).toMatch(/^x509: certificate signed by unknown authority/);
    expect(explains(holder(one), holder(two), text, dialling)).toBe(true);
    expect(explains(holder(one), holder(over), text, dialling)).toBe(false);
    expect(explains(holder(one), holder(one), text, dialling)).toBe(false);
  });

  test("a peer's alert: the client accepts the server, and the server refuses the client", () => {
    expect(explains(holder(over), holder(one), alert, dialling)).toBe(true);
  });

  test("a peer's alert: what the server trusts is not known, so it may have refused anybody", () => {
    expect(explains(holder(one), withoutPool(one), alert, dialling)).toBe(true);
  });

  test("no peer's alert from a server that accepts the client, or that the client has refused before", () => {
    expect(explains(holder(one), holder(one), alert, dialling)).toBe(false);
    expect(explains(holder(one), holder(two), alert, dialling)).toBe(false);
    expect(explains(holder(one), withoutPool(two), alert, dialling)).toBe(false);
  });
});

test("a leaf that may serve and may not call is good for a server only", () => {
  const only = holder(serverOnly());
  expect([serverJudged(only, only, dialling).ok, clientJudged(only, only, NOW).ok]).toEqual([true, false]);
  expect(talk(only, only, dialling)).toBe(false);
});
