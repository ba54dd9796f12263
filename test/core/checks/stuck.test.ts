import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { days, minutes, seconds } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, policy, said } from "../../builders/casefile.ts";
import { chart, nextLeaf } from "../../builders/certificates.ts";
import { evidence, formerPair, presentPair, waiting, working } from "../../builders/evidence.ts";
import { active, failing503, failing504 } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

const unready = (name: string) => ({
  namespace: "shop",
  name,
  ready: "False" as const,
  reason: "TriggerError",
  message: "prometheus: i/o timeout",
});

const codeOf = (e: ReturnType<typeof evidence>, by = acting) => diagnose(e, by).code;

describe("hop B times out without any reason in the log", () => {
  const silent = (more = {}) => evidence({ log: waiting, hpas: failing504(["web"], ago(minutes(8))), ...more });
  const allowed = policy({ restartOnStuckConnection: true });

  test.each([
    [4, "HopBSilent"],
    [6, "GrpcStuck"],
  ])("for %i minutes: %s", (age, code) => {
    expect(codeOf(silent({ hpas: failing504(["web"], ago(minutes(age))) }))).toBe(code);
  });

  test("escalates by default, restarts the metrics-apiserver by policy only", () => {
    expect(diagnose(silent(), acting)).toMatchObject({ code: "GrpcStuck", disposition: "unknown", stale: [] });
    expect(diagnose(silent(), allowed)).toMatchObject({
      code: "GrpcStuckRestart",
      disposition: "curable",
      stale: [{ component: "metrics-apiserver", pods: ["adapter-1"] }],
    });
  });

  test.each([
    ["the lease was not seen", { lease: unseen("Forbidden", "no right") }],
    ["the operator is not Ready", { operatorPods: [{ ready: false }] }],
    ["the operator could not be probed", { operatorPresents: unseen("Forbidden", "no right") }],
    ["the operator presents a leaf that does not fit", { operatorPresents: formerPair }],
    ["the log of one of two was not read", { adapterPods: [{}, {}], log: [unseen("Timeout", "no answer"), waiting] }],
    ["no source behind them is Ready", { scaledObjects: [unready("web")] }],
    ["others fail with 503", { hpas: [...failing504(["web"], ago(minutes(8))), ...failing503(["a", "b"])] }],
    [
      "the APIService is not Available",
      { apiService: { available: "False" as const, reason: "FailedDiscoveryCheck", message: "x" } },
    ],
    [
      "other HPAs get their metrics over the same hop",
      { hpas: [...failing504(["web"], ago(minutes(8))), ...active(["worker"])] },
    ],
  ])("without positive proof nobody is restarted, by no policy: %s", (_, more) => {
    expect(diagnose(silent(more), allowed)).toMatchObject({
      code: "HopBUnexplained",
      disposition: "unknown",
      stale: [],
    });
  });

  test("a second operator Pod that is a standby takes nothing from the proof", () => {
    const operatorPods = [{}, { ready: false }];
    const operatorPresents = [presentPair, unseen("Unreachable", "connection refused")];
    expect(codeOf(silent({ operatorPods, operatorPresents }), allowed)).toBe("GrpcStuckRestart");
  });

  test("a ScaledObject that is Ready excuses nobody", () => {
    const ready = { ...unready("web"), ready: "True" as const };
    expect(codeOf(silent({ scaledObjects: [ready] }), allowed)).toBe("GrpcStuckRestart");
  });

  test("one ScaledObject that is not Ready excuses its own HPA only", () => {
    const hpas = failing504(["web", "worker"], ago(minutes(8)));
    expect(codeOf(silent({ hpas, scaledObjects: [unready("web")] }), allowed)).toBe("GrpcStuckRestart");
    expect(codeOf(silent({ scaledObjects: [{ ...unready("web"), namespace: "other" }] }), allowed)).toBe(
      "GrpcStuckRestart",
    );
  });

  test.each([
    ["an operator that has led for seconds", { lease: { acquiredAt: ago(seconds(15)) } }, "15s"],
    ["an operator that has run for minutes", { operatorPods: [{ startedAt: ago(minutes(3)) }] }, "3m"],
    ["a metrics-apiserver that has run for minutes", { adapterPods: [{}, { startedAt: ago(minutes(2)) }] }, "2m"],
  ])("what failed before is not laid at the door of %s", (_, more, age) => {
    const told = diagnose(silent(more), allowed);
    expect([told.code, told.sentence]).toEqual(["HopBSilent", expect.stringContaining(`on hop B for ${age},`)]);
  });

  test("the start of one that goes away does not count", () => {
    const adapterPods = [{}, { startedAt: ago(minutes(2)), deleting: true }];
    expect(codeOf(silent({ adapterPods }))).toBe("GrpcStuck");
  });

  test("the HPA that has failed longest counts", () => {
    const hpas = [...failing504(["web"], ago(minutes(8))), ...failing504(["worker"], ago(minutes(1)))];
    expect(codeOf(silent({ hpas }))).toBe("GrpcStuck");
  });

  test("a connection that was established a minute ago starts the clock anew", () => {
    expect(codeOf(silent({ log: working }), allowed)).toBe("HopBSilent");
  });

  test("a restart on a key that nobody proved needs an approval", () => {
    const now = chart("stuck");
    const e = silent({
      secret: now,
      from: "CertificateRequest",
      keyFits: unseen("Withheld", "not read"),
      operatorPresents: nextLeaf(now, "stuck-before"),
      adapterPresents: unseen("Unreachable", "no route"),
    });
    expect(diagnose(e, allowed)).toMatchObject({ code: "GrpcStuckRestart", needsApproval: true });
  });
});

describe("what is told about a hop B that times out", () => {
  const timesOut = (more = {}) => evidence({ log: waiting, hpas: failing504(["web"], ago(minutes(8))), ...more });
  const age = (length: number) => timesOut({ hpas: failing504(["web"], ago(length)) });
  const allowed = policy({ restartOnStuckConnection: true });
  const silent =
    "shop/keda-hpa-web time out on hop B for 8m without any TLS or network error in the metrics-apiserver's log";
  const stuck = `${silent}; the operator leads, is Ready and its TLS is good: a stuck gRPC client (keda#7251, #7874, #8211)`;

  test.each([
    ["nothing times out", evidence(), acting, "pass: No HPA of KEDA times out."],
    [
      "for less than five minutes",
      age(minutes(4)),
      acting,
      "unknown: shop/keda-hpa-web time out on hop B for 4m, and the metrics-apiserver's log gives no reason yet.",
    ],
    [
      "others get their metrics",
      timesOut({ hpas: [...failing504(["web"], ago(minutes(8))), ...active(["worker"])] }),
      acting,
      `unknown: ${silent}, while shop/keda-hpa-worker get their metrics over the same hop: a slow source is as likely as a stuck client. A person must look.`,
    ],
    [
      "a log was not read",
      timesOut({ adapterPods: [{}, {}], log: [unseen("Timeout", "no answer"), waiting] }),
      acting,
      "unknown: shop/keda-hpa-web time out on hop B for 8m, and the log of adapter-1 was not read. A person must look.",
    ],
    [
      "no source is Ready",
      timesOut({ scaledObjects: [unready("web")] }),
      acting,
      "unknown: shop/keda-hpa-web time out on hop B for 8m, and none of their ScaledObjects is Ready: the sources fail as well. A person must look.",
    ],
    [
      "others fail with 503",
      timesOut({ hpas: [...failing504(["web"], ago(minutes(8))), ...failing503(["a", "b"])] }),
      acting,
      "unknown: shop/keda-hpa-web time out on hop B for 8m, and shop/keda-hpa-a, shop/keda-hpa-b fail with the 503 of hop A. A person must look.",
    ],
    [
      "hop A fails as well",
      timesOut({ apiService: { available: "False" as const, reason: "FailedDiscoveryCheck", message: "x" } }),
      acting,
      "unknown: shop/keda-hpa-web time out on hop B for 8m, and the APIService is not Available (FailedDiscoveryCheck), which is hop A. A person must look.",
    ],
    [
      "the operator is not proved good",
      timesOut({ operatorPods: [{ ready: false }] }),
      acting,
      `unknown: ${silent}, and the operator's side could not be proved good. A person must look.`,
    ],
    [
      "stuck",
      timesOut(),
      acting,
      `unknown: ${stuck}. Policy restartOnStuckConnection is off: restart the metrics-apiserver by hand.`,
    ],
    ["stuck, and policy allows", timesOut(), allowed, `fail: ${stuck}. Restart keda-metrics-apiserver only.`],
  ])("%s", (_, e, by, words) => {
    expect(said("GrpcNotStuck", e, by)).toBe(words);
  });

  test("five minutes are enough, and until then it is looked at every 30 s", () => {
    expect(diagnose(age(minutes(5) - 1), acting)).toMatchObject({
      code: "HopBSilent",
      lookAgainAt: NOW + seconds(30),
    });
    expect(codeOf(age(minutes(5)))).toBe("GrpcStuck");
  });

  test("of several metrics-apiservers only those that do not work are to be restarted", () => {
    const e = timesOut({ adapterPods: [{}, {}, {}], log: [waiting, { established: ago(days(1)) }, {}] });
    expect(diagnose(e, allowed).stale).toEqual([{ component: "metrics-apiserver", pods: ["adapter-1", "adapter-3"] }]);
  });

  test("a Pod that goes away proves nothing of the operator", () => {
    const operatorPods = [{ ready: true, deleting: true }, { ready: false }];
    expect(codeOf(timesOut({ operatorPods }), allowed)).toBe("HopBUnexplained");
  });
});
