import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { acting, said } from "../../builders/casefile.ts";
import { type Changes, evidence, incident, tlsFailing, waiting } from "../../builders/evidence.ts";
import { active, failing504, failingIn, failingOther, failingScaler, hpa } from "../../builders/hpas.ts";

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

describe("what is told about hop C", () => {
  const gone =
    'rpc error: code = Unknown desc = error when getting metric values ScaledObject.keda.sh "a-service-with-a-name-that-is-long-enough-to-fill-the-line" not found, asked for by the horizontal pod autoscaler of the shop';
  const orphan = failingIn(gone);
  const late = failing504(["worker"]);

  test("an orphan's own words, the last 200 characters of them", () => {
    expect(orphan[0]?.message.length).toBeGreaterThan(400);
    expect(diagnose(evidence({ hpas: orphan }), acting)).toMatchObject({
      code: "ScaledObjectMisconfigured",
      disposition: "incurable",
    });
    expect(said("ScaledObjectKnown", evidence({ hpas: orphan }))).toBe(
      `fail: KEDA answered that it knows no ScaledObject or metric behind shop/keda-hpa-web: ${gone.slice(-200)} Delete the HPA if its ScaledObject is gone, or repair the ScaledObject.`,
    );
  });

  const apart = "pass: 1 HPA(s) ask for a ScaledObject that KEDA does not know; others fail otherwise.";
  const scalerApart =
    "pass: 1 HPA(s) report a scaler's error beside others that time out: hop C is not the whole of it.";
  const noUnknown = "pass: No HPA fails with an unknown wording alone.";

  test.each([
    ["ScaledObjectKnown", {}, "pass: No HPA asks for a ScaledObject that KEDA does not know."],
    ["ScaledObjectKnown", { hpas: [...orphan, ...late], log: waiting }, apart],
    ["ScaledObjectKnown", { hpas: orphan, log: tlsFailing() }, apart],
    ["ScaledObjectKnown", { hpas: [...orphan, ...failingOther(["worker"])] }, apart],
    ["ScalerSourceAnswers", {}, "pass: No HPA reports an error of a scaler's source."],
    ["ScalerSourceAnswers", { hpas: [...failingScaler(["web"]), ...late], log: waiting }, scalerApart],
    ["ScalerSourceAnswers", { hpas: failingScaler(["web"]), log: tlsFailing() }, scalerApart],
    ["WordingKnown", {}, noUnknown],
    ["WordingKnown", { hpas: [...failingOther(["web"]), ...late], log: waiting }, noUnknown],
  ] as [string, Changes, string][])("%s", (check, changes, words) => {
    expect(said(check, evidence(changes))).toBe(words);
  });

  const so = (name: string, ready: "True" | "False" | "Unknown") => ({
    namespace: "shop",
    name,
    ready,
    reason: "TriggerError",
    message: `${name} said so`,
  });
  const failingSource = (words: string) =>
    `fail: The operator answered, so hop B works; the source of ScaledObject ${words} Repair the trigger's source.`;
  const web = failingScaler(["web"]);
  const { scaledObject: _so, metric: _metric, ...nameless } = web[0] ?? hpa("web");

  test.each([
    ["no ScaledObject that was seen", web, undefined, "shop/web (s0-prometheus) gives no metric."],
    [
      "a ScaledObject that is Ready",
      web,
      [so("web", "True"), so("worker", "Unknown")],
      "shop/web (s0-prometheus) gives no metric.",
    ],
    [
      "the one that is not Ready",
      web,
      [so("web", "True"), so("worker", "False")],
      "shop/web (s0-prometheus) gives no metric. ScaledObject shop/worker: worker said so",
    ],
    ["the HPA's own name, where it names neither", [nameless], undefined, "shop/keda-hpa-web gives no metric."],
  ])("a source that fails is told by %s", (_, hpas, scaledObjects, words) => {
    const e = evidence({ hpas, ...(scaledObjects === undefined ? {} : { scaledObjects }) });
    expect(said("ScalerSourceAnswers", e)).toBe(failingSource(words));
  });

  test("words that nobody knows are told, the last 200 characters of them", () => {
    const words = `${"x".repeat(150)} ${"y".repeat(200)}`;
    expect(said("WordingKnown", evidence({ hpas: failingIn(words) }))).toBe(
      `unknown: shop/keda-hpa-web fails in words that name none of the hops: ${"y".repeat(200)}`,
    );
  });
});
