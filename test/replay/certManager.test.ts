import { describe, expect, test } from "@jest/globals";
import { replay } from "../../src/cli/replay.ts";
import { certManager, outcomeOf, scrambled, sentenceOf, snapshotStep, withSnapshots } from "./recordings.ts";

const verificationError =
  'x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "keda-operator")';

const without = (object: object, key: string): object =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));

const rights = [
  ["the Secret readable", certManager, "Secret"],
  [
    "the Secret's contents withheld",
    withSnapshots(certManager, (content) => ({ ...content, secret: without(content["secret"] as object, "data") })),
    "CertificateRequest",
  ],
  ["no Secret in sight", withSnapshots(certManager, (content) => without(content, "secret")), "CertificateRequest"],
] as const;

describe.each(rights)("KEDA's chart with cert-manager, %s", (_, recording, from) => {
  test("sees the same generation replaced", async () => {
    const replayed = await replay(recording);
    const step = snapshotStep(replayed, "2-latent");
    const before = snapshotStep(replayed, "1-healthy").story.looked.generation;
    expect(sentenceOf(step, "SecretReadable")).toContain(`which replaced ${before.slice(0, 12)}`);
    expect(sentenceOf(step, "SecretReadable")).toContain(`seen through the ${from}`);
    expect([step.decision.kind, step.decision.code]).toEqual(["none", "LatentMismatch"]);
  });

  test("restarts the metrics-apiserver under Helm's name, by its own text, and proves recovery", async () => {
    const replayed = await replay(recording);
    const { decision, story } = snapshotStep(replayed, "3-failing");
    expect([decision.kind, decision.code]).toEqual(["restart", "MetricsApiserverStale"]);
    expect(story.looked.diagnosis).toMatchObject({ predicted: verificationError, logged: verificationError });
    expect(story.looked.diagnosis.needsApproval).toBeUndefined();
    expect(outcomeOf(replayed)).toEqual({
      phase: "recovered",
      result: "recovered",
      restarts: ["keda/keda-operator-metrics-apiserver"],
    });
    expect(snapshotStep(replayed, "4-healed").decision.code).toBe("Recovered");
  });
});

test("Secret and CertificateRequest show the same generation: losing a right opens no second incident", async () => {
  const names = await Promise.all(
    rights.map(
      async ([, recording]) => snapshotStep(await replay(recording), "3-failing").story.incident?.name ?? "none",
    ),
  );
  expect(new Set(names).size).toBe(1);
});

test("cert-manager's temporary Secrets start nothing once KEDA's names are known", async () => {
  const { steps } = await replay(certManager);
  const known = steps.findIndex((s) => s.step.startsWith("snapshot"));
  const temporary = steps
    .slice(known)
    .filter((s) => /SecretChanged keda\/keda-operator-(?:ca|tls-certificates)-\w{5}$/.test(s.step));
  expect(temporary.length).toBeGreaterThan(0);
  expect(temporary.every((s) => s.ignored)).toBe(true);
});

test("25 random orders end in the same decision and exactly one restart (seeds 1 to 25)", async () => {
  const wanted = outcomeOf(await replay(certManager));
  for (let seed = 1; seed <= 25; seed += 1) {
    expect({ seed, ...outcomeOf(await replay(scrambled(certManager, seed))) }).toEqual({ seed, ...wanted });
  }
});
