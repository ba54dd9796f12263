import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { acting } from "../../builders/casefile.ts";
import { evidence, incident } from "../../builders/evidence.ts";
import { active, failing504, failingOther, failingScaler } from "../../builders/hpas.ts";

const codeOf = (e: ReturnType<typeof evidence>, by = acting) => diagnose(e, by).code;

describe("hop C: the scaler's own words prove that hop B works", () => {
  test("a source that fails is refused, with the ScaledObject and its words", () => {
    const told = diagnose(
      evidence({
        hpas: [...failingScaler(["web"]), ...active(["worker"])],
        scaledObjects: [
          { namespace: "shop", name: "web", ready: "False", reason: "TriggerError", message: "prometheus is down" },
        ],
      }),
      acting,
    );
    expect([told.code, told.disposition]).toEqual(["ScalerSourceFailing", "incurable"]);
    expect(told.sentence).toMatch(/shop\/web \(s0-prometheus\).*prometheus is down/);
  });

  test("beside HPAs that time out it is not the whole of it", () => {
    expect(codeOf(incident({ hpas: [...failing504(["web"]), ...failingScaler(["worker"])] }))).toBe(
      "MetricsApiserverStale",
    );
  });

  test("unknown words alone are told to a person", () => {
    expect(diagnose(evidence({ hpas: failingOther(["web"]) }), acting)).toMatchObject({
      code: "OtherMetricFailure",
      disposition: "unknown",
    });
  });

  test("a stream that broke at the request limit is waited out while the log says that hop B fails in TLS", () => {
    const message =
      'unable to fetch metrics from external metrics API: Get "https://10.0.0.10:6443/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/s0": stream error: stream ID 1151; INTERNAL_ERROR; received from peer';
    const hpas = failingOther(["worker"]).map((hpa) => ({ ...hpa, message }));
    expect(codeOf(incident({ hpas }))).toBe("SymptomNotYetSeen");
    expect(codeOf(evidence({ hpas }))).toBe("OtherMetricFailure");
  });
});
