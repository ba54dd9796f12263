import { expect, test } from "@jest/globals";
import type { World } from "../../src/sandbox/world.ts";
import { predictedAs, refusalInLog } from "./scenarios/prediction.ts";
import type { Play } from "./scenarios/scenario.ts";

const text =
  'x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "keda-operator")';
const line = `2026-11-23T15:55:47Z W1123 15:55:47.272209 118 logging.go:59] [core] [Channel #1 SubChannel #2] grpc: addrConn.createTransport failed to connect to {Addr: "keda-operator.keda.svc.cluster.local:9666", ServerName: "keda-operator.keda.svc.cluster.local:9666", }. Err: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: ${text.replaceAll('"', '\\"')}"`;

const worldThatLogs = (log: string) =>
  ({ pods: async () => [{ metadata: { name: "pod" } }], logs: async () => log }) as unknown as World;
const playThatDecided = (predicted: string) =>
  ({ decisions: [{ code: "MetricsApiserverStale", predicted }], note: () => {} }) as unknown as Play;

test("the text about :9666 is read as crypto/x509 made it", async () => {
  expect(await refusalInLog(worldThatLogs(`first\n${line}\nlast`))).toBe(text);
  await expect(refusalInLog(worldThatLogs("nothing"))).rejects.toThrow("no metrics-apiserver has logged");
});

test("a prediction that differs from the log by one letter fails the scenario", () => {
  expect(() => predictedAs(playThatDecided(text), text, "crypto/rsa: verification error")).not.toThrow();
  expect(() => predictedAs(playThatDecided(`${text}.`), text, "crypto/rsa: verification error")).toThrow(
    "predicted was",
  );
  expect(() => predictedAs(playThatDecided(text), text, "ECDSA")).toThrow("does not say");
});
