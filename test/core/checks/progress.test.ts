import { describe, expect, test } from "@jest/globals";
import { diagnose } from "../../../src/core/diagnose.ts";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { acting, policy } from "../../builders/casefile.ts";
import {
  type Changes,
  evidence,
  formerPair,
  incident,
  oomKilled,
  operatorStale,
  presentPair,
  working,
} from "../../builders/evidence.ts";
import { active } from "../../builders/hpas.ts";
import { ago, NOW } from "../../builders/time.ts";

describe("something in progress is waited for", () => {
  test.each([
    ["cert-manager is issuing", { issuance: { issuing: true } }, "CertificateIssuing"],
    ["the operator rolls out", { operator: { rollout: "running" } }, "RolloutInProgress"],
    ["the metrics-apiserver rolls out", { metricsApiserver: { rollout: "running" } }, "RolloutInProgress"],
  ] as const)("%s", (_, changes, code) => {
    const told = diagnose(incident(changes), acting);
    expect([told.code, told.disposition, told.lookAgainAt]).toEqual([code, "inProgress", NOW + seconds(15)]);
  });

  test("a container that restarts in place looks like a rollout: the sentence leaves both open", () => {
    const { sentence } = diagnose(incident({ operator: { rollout: "running" } }), acting);
    expect(sentence).toContain("keda-operator is rolling out, or one of its Pods is not available yet");
  });

  test("a certificate that is not Ready and not being issued is not waited for", () => {
    expect(diagnose(incident({ issuance: { ready: false, message: "no such issuer" } }), acting).code).toBe(
      "MetricsApiserverStale",
    );
  });

  test("a rollout that got stuck is refused: a further one would stack up", () => {
    expect(diagnose(incident({ operator: { rollout: "stuck" } }), acting)).toMatchObject({
      code: "RolloutStuck",
      disposition: "incurable",
    });
  });

  test("a paused Deployment is in no rollout: the guard speaks of it", () => {
    expect(diagnose(incident({ metricsApiserver: { rollout: "running", paused: true } }), acting).code).toBe(
      "MetricsApiserverStale",
    );
  });
});

describe("kubelet needs up to 90 s to bring a new Secret into running Pods", () => {
  const written = (age: number) =>
    incident({ writtenAt: ago(seconds(age)), operatorPods: [oomKilled(ago(seconds(age - 5)))] });

  test.each([
    [89, "SecretPropagating"],
    [91, "MetricsApiserverStale"],
  ])("written %i s ago: %s", (age, code) => {
    expect(diagnose(written(age), acting).code).toBe(code);
  });

  test("looks again when the time is over", () => {
    expect(diagnose(written(60), acting).lookAgainAt).toBe(NOW + seconds(30));
  });

  test("matters only when hop B fails", () => {
    expect(diagnose(evidence({ writtenAt: ago(seconds(10)) }), acting).code).toBe("Healthy");
  });
});

describe("a KEDA that reloads its certificates gets five minutes to do so", () => {
  const rotated = (version: string, age: number) =>
    incident({
      writtenAt: ago(minutes(age)),
      operatorPods: [{}],
      operator: { version },
      metricsApiserver: { version },
    });

  test.each([
    ["2.17.1", 4, "MetricsApiserverStale"],
    ["2.17.2", 4, "ReloadPending"],
    ["2.17.2", 6, "MetricsApiserverStale"],
    ["2.20.2", 4, "ReloadPending"],
  ])("%s, %i minutes after the write: %s", (version, age, code) => {
    expect(diagnose(rotated(version, age), acting).code).toBe(code);
  });

  test("an unknown version is treated as one that loads once", () => {
    expect(diagnose(rotated("main", 4), acting).code).toBe("MetricsApiserverStale");
  });

  test("an operator that has not reloaded yet is waited for although nothing fails", () => {
    const e = (age: number) =>
      evidence({
        writtenAt: ago(minutes(age)),
        before: [formerPair],
        operator: { version: "2.18.0" },
        metricsApiserver: { version: "2.18.0" },
        operatorPresents: formerPair,
      });
    expect(diagnose(e(4), acting)).toMatchObject({ code: "ReloadPending", lookAgainAt: NOW + minutes(1) });
    expect(diagnose(e(6), acting).code).toBe("LatentMismatch");
  });

  test("one that has reloaded is healthy, although its Pods started long before the write", () => {
    const e = evidence({
      writtenAt: ago(minutes(60)),
      before: [formerPair],
      operator: { version: "2.20.2" },
      metricsApiserver: { version: "2.20.2" },
      operatorPresents: presentPair,
      log: { since: ago(minutes(5)) },
    });
    expect(diagnose(e, acting).code).toBe("Healthy");
  });

  test("the time is the policy's", () => {
    const by = policy({ reloadDeadline: minutes(10) });
    expect(diagnose(rotated("2.17.2", 6), by).code).toBe("ReloadPending");
  });
});

test("something in progress hides no fault of the Secret", () => {
  const e = operatorStale({
    issuance: { issuing: true },
    secret: { usable: false, code: "SecretMissing", detail: "gone." },
  });
  expect(diagnose(e, acting).code).toBe("SecretMissing");
});

test("an issuing certificate is told even when all is well", () => {
  expect(diagnose(evidence({ issuance: { issuing: true }, hpas: active(), log: working }), acting).code).toBe(
    "CertificateIssuing",
  );
});

describe("two issuers of one Secret", () => {
  const rotates = { operator: { rotatesCertificates: true as const } };
  const issues = { issuance: { ready: true } };
  const both = { ...rotates, ...issues };
  const written = (age: number, changes: Parameters<typeof incident>[0] = both) =>
    diagnose(incident({ ...changes, writtenAt: ago(minutes(age)) }), acting).code;

  test("are refused a restart for half an hour after a write, and judged as always then", () => {
    expect([written(12), written(29), written(30)]).toEqual(["TwoIssuers", "TwoIssuers", "MetricsApiserverStale"]);
  });

  test("one of them alone is none of two", () => {
    const alone = [issues, rotates, { serviceCa: "keda-operator", layout: { serviceCaFor: ["keda-operator"] } }];
    expect(alone.map((one) => written(12, one))).toEqual(Array(3).fill("MetricsApiserverStale"));
  });

  describe("OpenShift's service-ca", () => {
    const asked = { layout: { serviceCaFor: ["keda-operator"] } };
    const made = { serviceCa: "keda-operator" };
    const unread = { from: "CertificateRequest" as const };

    test.each<[string, Changes]>([
      ["which made the Secret, beside KEDA's own rotation", { ...rotates, ...asked, ...made }],
      ["beside cert-manager", { ...issues, ...asked, ...made }],
      ["for a Service that we do not see", { ...rotates, serviceCa: "old-keda-operator" }],
      ["by the Service alone, where the Secret is not read", { ...issues, ...asked, ...unread }],
    ])("%s, is one of two", (_, changes) => {
      expect([written(12, changes), written(30, changes)]).toEqual(["TwoIssuers", "MetricsApiserverStale"]);
    });

    test.each<[string, Changes]>([
      ["never takes over a Secret that it did not make", { ...rotates, ...asked }],
      ["has done with it when the Service no longer asks", { ...rotates, ...made }],
      [
        "does so for the metrics-apiserver's Service, too",
        { ...rotates, serviceCa: "keda-operator-metrics-apiserver" },
      ],
    ])("%s", (_, changes) => {
      expect(written(12, changes)).toBe("MetricsApiserverStale");
    });

    test("is named with the others", () => {
      const said = (changes: Changes) =>
        diagnose(incident({ ...changes, writtenAt: ago(minutes(12)) }), acting).sentence;
      expect(said({ ...rotates, ...asked, ...made })).toMatch(
        /^KEDA's own rotation \(.*\) and OpenShift's service-ca \(for Service keda-operator\) are both set up/,
      );
      expect(said({ ...rotates, ...issues, ...asked, ...made })).toContain("are all set up to write");
    });
  });
});
