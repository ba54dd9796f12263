import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { minutes } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { acting, policy } from "../../builders/casefile.ts";
import { chart, nextLeaf } from "../../builders/certificates.ts";
import { evidence, formerPair, presentPair, waiting, working } from "../../builders/evidence.ts";
import { active, failing504 } from "../../builders/hpas.ts";
import { ago } from "../../builders/time.ts";

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
