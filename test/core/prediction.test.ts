import { describe, expect, test } from "@jest/globals";
import { hours, minutes, seconds } from "../../src/core/instant.ts";
import {
  isAboutExpiry,
  isOfARotation,
  predictRefusedClient,
  predictRefusedServer,
  refusedByPeer,
} from "../../src/core/prediction.ts";
import { chart, nextLeaf, type Pair, past, serverOnly } from "../builders/certificates.ts";
import { formerPair, layout, parentCannotSign, presentPair } from "../builders/evidence.ts";
import { ago, NOW } from "../builders/time.ts";

const logged = (text: string, at = ago(seconds(20))) => ({ at, text });
const alert = (words: string) => `remote error: tls: ${words}`;

describe("a metrics-apiserver that refuses the operator", () => {
  const predict = (pools: readonly Pair[], text: string, shown = presentPair) =>
    predictRefusedServer({
      shown: shown.presented,
      pools: pools.map((p) => p.certificates.ca),
      logged: logged(text),
      dialName: layout.dialName,
    });

  test("without a pool on record nothing is predicted", () => {
    expect(predict([], parentCannotSign)).toStrictEqual({ result: "noHistory" });
  });

  test("one pool that predicts the logged text is enough", () => {
    const agrees = { result: "agrees", predicted: parentCannotSign };
    expect(predict([formerPair], parentCannotSign)).toStrictEqual(agrees);
    expect(predict([presentPair, formerPair], parentCannotSign)).toStrictEqual(agrees);
  });

  test("another text contradicts, and the first pool's is told", () => {
    expect(predict([formerPair], "x509: something else")).toStrictEqual({
      result: "contradicts",
      predicted: parentCannotSign,
    });
    expect(predict([presentPair], parentCannotSign)).toStrictEqual({ result: "contradicts", predicted: undefined });
  });

  test("what it was shown beside the leaf is no leaf of its own", () => {
    const shown = chart("prediction-chain");
    expect(predict([shown], parentCannotSign, shown)).toStrictEqual({ result: "contradicts", predicted: undefined });
  });
});

describe("an operator that refuses the metrics-apiserver", () => {
  const ca = chart("prediction");
  const over = nextLeaf(ca, "prediction-over", { notBefore: ago(hours(9)), notAfter: ago(minutes(1)) });
  const early = nextLeaf(ca, "prediction-early", { notBefore: NOW + minutes(1) });
  const predict = (held: readonly Pair[], text: string, pool: Pair = ca) =>
    predictRefusedClient(
      held.map((pair) => past(pair, ago(hours(9)))),
      pool.certificates.ca,
      logged(text),
    );

  test("without a leaf on record nothing is predicted", () => {
    expect(predict([], alert("bad certificate"))).toStrictEqual({ result: "noHistory" });
  });

  // Source: Go crypto/tls handshake_server.go, processCertsFromClient, since Go 1.21; before, always "bad certificate".
  test.each<[string, Pair, readonly string[], readonly string[]]>([
    [
      "of another CA",
      chart("prediction-other"),
      ["bad certificate", "unknown certificate authority"],
      ["expired certificate"],
    ],
    ["that is over", over, ["bad certificate", "expired certificate"], ["unknown certificate authority"]],
    ["that is not valid yet", early, ["bad certificate", "expired certificate"], ["unknown certificate authority"]],
  ])("a leaf %s is refused by these alerts and no other", (_, held, right, wrong) => {
    for (const words of right)
      expect(predict([held], alert(words))).toStrictEqual({ result: "agrees", predicted: alert(words) });
    for (const words of wrong)
      expect(predict([held], alert(words))).toStrictEqual({
        result: "contradicts",
        predicted: alert("bad certificate"),
      });
  });

  test("a leaf that may not call is refused as a bad certificate", () => {
    const held = serverOnly();
    expect(predict([held], alert("bad certificate"), held)).toStrictEqual({
      result: "agrees",
      predicted: alert("bad certificate"),
    });
    expect(predict([held], alert("expired certificate"), held)).toStrictEqual({
      result: "contradicts",
      predicted: alert("bad certificate"),
    });
  });

  test("a leaf that is accepted predicts no alert", () => {
    expect(predict([ca], alert("bad certificate"))).toStrictEqual({ result: "contradicts", predicted: undefined });
  });

  test("one leaf that predicts the alert is enough", () => {
    expect(predict([ca, over], alert("expired certificate")).result).toBe("agrees");
  });
});

describe("what a text is about", () => {
  const expired =
    "x509: certificate has expired or is not yet valid: current time 2026-11-23T17:05:00Z is after 2026-11-23T17:04:00Z";
  const early =
    "x509: certificate has expired or is not yet valid: current time 2026-11-23T17:05:00Z is before 2026-11-23T17:06:00Z";

  test.each([
    [parentCannotSign, false, false, true],
    ["x509: certificate signed by unknown authority", false, false, true],
    [expired, false, true, true],
    [early, false, false, false],
    [`tls: ${expired}`, false, false, false],
    [alert("expired certificate"), true, true, true],
    [alert("bad certificate"), true, false, true],
    [alert("unknown certificate authority"), true, false, true],
    [alert("handshake failure"), true, false, false],
    [`${alert("bad certificate")} `, true, false, false],
    ["tls: remote error: tls: bad certificate", false, false, false],
    ["x509: certificate is valid for a, not b", false, false, false],
  ])("%s", (text, peer, expiry, rotation) => {
    expect([refusedByPeer(text), isAboutExpiry(text), isOfARotation(text)]).toEqual([peer, expiry, rotation]);
  });
});
