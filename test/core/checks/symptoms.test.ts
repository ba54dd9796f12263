import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, adapterOnly, escalates, verdict } from "../../builders/casefile.ts";
import {
  incident,
  killedAt,
  oomKilled,
  parentCannotSign,
  presentPair,
  tlsFailing,
  working,
} from "../../builders/evidence.ts";
import { active, failing503, failing504, idle } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";

describe("contradictions go to a person", () => {
  test("a metrics-apiserver created after the write fails against the Secret's leaf", () => {
    expect(verdict(incident({ adapterPods: [{ startedAt: ago(minutes(20)) }] }))).toEqual(escalates("FreshPairFails"));
  });

  test("one fresh metrics-apiserver that fails refutes the staleness of the others", () => {
    const e = incident({ adapterPods: [{}, { startedAt: ago(minutes(20)) }], log: [tlsFailing(), tlsFailing()] });
    expect(verdict(e)).toEqual(escalates("FreshPairFails"));
  });

  test("HPAs that could not be listed", () => {
    expect(verdict(incident({ hpas: unseen("Forbidden", "list horizontalpodautoscalers is forbidden") }))).toEqual(
      escalates("SymptomsUnseen"),
    );
  });

  test.each([
    ["from before the write: likely the metrics-apiserver", {}, "likely the metrics-apiserver"],
    [
      "from after the write: likely the operator",
      { adapterPods: [{ startedAt: ago(minutes(20)) }] },
      "likely the operator",
    ],
  ])("a probe that could not be made names the likely side and restarts nobody: %s", (_, more, words) => {
    const told = diagnose(incident({ operatorPresents: unseen("Unreachable", "no route"), ...more }), acting);
    expect([told.code, told.disposition, told.stale]).toEqual(["ProbeUnreachable", "unknown", []]);
    expect(told.sentence).toContain(words);
  });

  test("one operator Pod that shows its leaf is enough: a standby does not listen", () => {
    const e = incident({
      operatorPods: [oomKilled(killedAt), {}],
      operatorPresents: [presentPair, unseen("Unreachable", "connection refused")],
    });
    expect(verdict(e)).toEqual(adapterOnly);
  });
});

describe("the HPAs must show what a failing hop B shows", () => {
  test("no HPA fails yet: wait", () => {
    expect(verdict(incident({ hpas: active() }))).toEqual(["SymptomNotYetSeen", "inProgress", ""]);
  });

  test("HPAs scaled to zero show nothing", () => {
    expect(verdict(incident({ hpas: idle() }))).toEqual(["SymptomNotYetSeen", "inProgress", ""]);
  });

  test("a few of many are enough, and a sample says that it is one", () => {
    const hpas = [...active(Array.from({ length: 97 }, (_, i) => `app-${i}`)), ...failing504()];
    const told = diagnose(incident({ hpas, complete: false }), acting);
    expect(told.code).toBe("MetricsApiserverStale");
    expect(told.checks.find((c) => c.code === "SymptomsAgree")?.sentence).toContain(
      "2 of 99 HPAs of KEDA (a sample of 99)",
    );
  });

  test("503 alone is never hop B, whatever the log says", () => {
    expect(verdict(incident({ hpas: failing503(), apiService: { available: "False" } }))[0]).toBe(
      "ApiServiceUnavailable",
    );
  });

  test("503 beside 504 does not hide hop B", () => {
    expect(verdict(incident({ hpas: [...failing504(["web"]), ...failing503(["worker"])] }))).toEqual(adapterOnly);
  });
});

describe("a failure counts only while it is about the operator that serves now", () => {
  test("one that is older than a successful connection does not", () => {
    const e = incident({ log: { ...tlsFailing(), established: ago(seconds(10)) }, hpas: active() });
    expect(verdict(e)[0]).not.toBe("MetricsApiserverStale");
  });

  test("one from before the operator's start does not", () => {
    const e = incident({
      log: tlsFailing(parentCannotSign, killedAt - seconds(30)),
      hpas: failing504(["web"], ago(minutes(2))),
    });
    expect(verdict(e)).toEqual(["HopBSilent", "inProgress", ""]);
  });

  test("one from before the present leader took the lease does not", () => {
    const e = incident({ lease: { acquiredAt: ago(seconds(10)) }, hpas: failing504(["web"], ago(minutes(2))) });
    expect(verdict(e)).toEqual(["HopBSilent", "inProgress", ""]);
  });

  test("one that is older than five minutes does not", () => {
    const e = incident({
      log: tlsFailing(parentCannotSign, ago(minutes(6))),
      hpas: failing504(["web"], ago(minutes(2))),
    });
    expect(verdict(e)).toEqual(["HopBSilent", "inProgress", ""]);
  });

  test("one of a metrics-apiserver that is going away does not", () => {
    const e = incident({
      adapterPods: [{ deleting: true }, { startedAt: ago(minutes(20)) }],
      log: [tlsFailing(), working],
      hpas: active(),
    });
    expect(verdict(e)[1]).toBe("healthy");
  });
});
