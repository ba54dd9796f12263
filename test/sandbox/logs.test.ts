import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { adapterLogs, pass, play, TIMEOUT, untilEveryHpaSays, untilSettled, VALID } from "./fast.ts";

const recording = new URL("../fixtures/recordings/keda-2.13.1-self-signed/3-failing.json", import.meta.url);
const recorded = JSON.parse(readFileSync(recording, "utf8")) as { logs: Record<string, string> };

/** Times, process ids, addresses and what the sandbox's network calls them are set aside. */
const normalised = (line: string): string =>
  line
    .replace(/^\S+ /, "")
    .replace(/^([IWE])\d{4} [\d:.]+ +\d+ /, "$1 ")
    .replace(/\d+\.\d+\.\d+\.\d+(:\d+)?/g, "<address>")
    .replace(/time-elapsed: [\d.]+ms/, "time-elapsed: <time>")
    .trimEnd();

const linesOf = (log: string): Set<string> => new Set(log.split("\n").map(normalised));
const ofHopB = (line: string): boolean =>
  /9666|client\.go|provider\.go|post-timeout/.test(line) && !line.startsWith("{");

async function failing(world: InProcessWorld): Promise<void> {
  await world.rotateSecret("selfSignedRekey");
  await untilSettled(world);
  await world.oomKill("operator");
  await untilEveryHpaSays(world, TIMEOUT);
  await world.until("two failures", async () => (await adapterLogs(world)).split("x509").length > 4);
}

describe("logs", () => {
  test("every line of the metrics-apiserver about hop B is one that was recorded, byte for byte but for times and addresses", () =>
    play({}, async (world) => {
      await failing(world);
      const known = linesOf(Object.values(recorded.logs).join("\n"));
      // With kube-proxy's words for a Service without endpoints, which the recording's forwarder cannot say.
      const refused = [...known]
        .find((line) => line.includes("dial tcp <address>: connect"))
        ?.replace("connection reset by peer", "connection refused");
      const mine = [...linesOf(await adapterLogs(world))].filter(ofHopB);
      expect(mine.length).toBeGreaterThan(5);
      expect(mine.filter((line) => !known.has(line) && line !== refused)).toEqual([]);
    }));

  test("the operator's line about its gRPC server and its leadership are recorded ones", () =>
    play({}, async (world) => {
      const [pod] = await world.pods("operator");
      const mine = [...linesOf(await world.logs(pod?.metadata.name ?? ""))].map((line) => line.replace(/^\S+\t/, "\t"));
      const known = new Set(
        [...linesOf(Object.values(recorded.logs).join("\n"))].map((line) => line.replace(/^\S+\t/, "\t")),
      );
      for (const line of mine.filter((text) => /grpc_server|leaderelection|Starting manager/.test(text)))
        expect(known).toContain(line);
    }));

  test("a request that timed out floods the log as it does before KEDA 2.15", () =>
    play({}, async (world) => {
      await failing(world);
      const log = await adapterLogs(world);
      expect(log.split("goroutine 931 [running]").length).toBeGreaterThan(1);
      expect(log.split("\n").length).toBeGreaterThan(100);
    }));

  test.each([
    {
      version: "2.15.1",
      line: /W.* logging\.go:55\] .*\{Addr: "[\d.]+:9666", ServerName: "keda-operator\.keda\.svc\.cluster\.local:9666", \}/,
    },
    {
      version: "2.15.1",
      line: /provider\.go:91\] "msg"="timeout" "error"="timeout while .*" "logger"="keda_metrics_adapter\.provider" "server"="keda-operator/,
    },
    { version: "2.18.0", line: /\tERROR\tkeda_metrics_adapter\.provider\ttimeout\t\{/ },
  ])("KEDA $version writes in its own format: $line", ({ version, line }) =>
    play({ kedaVersion: version }, async (world) => {
      await world.scaleOperator(0);
      await untilEveryHpaSays(world, TIMEOUT);
      await world.until("the line", async () => line.test(await adapterLogs(world)));
    }),
  );

  test("success after a timeout is said again", () =>
    play({}, async (world) => {
      await world.scaleOperator(0);
      await untilEveryHpaSays(world, TIMEOUT);
      await world.scaleOperator(1);
      await untilEveryHpaSays(world, VALID);
      await pass(world, 1_000);
      expect((await adapterLogs(world)).split("successfully established").length).toBeGreaterThan(3);
    }));
});
