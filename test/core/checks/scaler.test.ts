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
});
