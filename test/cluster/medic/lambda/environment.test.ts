import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Environment } from "./environment.ts";

const source = `
let ticks = 0;
setInterval(() => { ticks += 1; }, 10);
export const handler = async (event, context) => {
  if (event.throw) throw new TypeError("no");
  if (event.hang) await new Promise(() => {});
  if (event.die) process.exit(7);
  return { event, ticks, id: context.awsRequestId.length, left: context.getRemainingTimeInMillis() > 0 };
};
`;

let folder = "";
let environment: Environment;
const lines: string[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "environment-"));
  writeFileSync(join(folder, "index.mjs"), source);
  lines.length = 0;
  const env = { LAMBDA_TASK_ROOT: folder, _HANDLER: "index.handler" };
  environment = new Environment({ env, timeout: 1500, onLine: (line) => lines.push(line) });
  await environment.start();
});
afterEach(() => {
  environment.crash();
  rmSync(folder, { recursive: true, force: true });
});

test("an event in, an answer out, with a request id and a deadline", async () => {
  expect(await environment.invoke({ n: 1 })).toMatchObject({ event: { n: 1 }, id: 36, left: true });
  expect(environment.idle).toBe(true);
});

test("between two invocations the process is stopped: its timers do not run", async () => {
  const first = (await environment.invoke({})) as { readonly ticks: number };
  await sleep(800);
  const second = (await environment.invoke({})) as { readonly ticks: number };
  expect(second.ticks - first.ticks).toBeLessThan(20);
});

test("what is thrown fails the invocation and nothing else", async () => {
  await expect(environment.invoke({ throw: true })).rejects.toThrow(/TypeError/);
  expect(await environment.invoke({})).toMatchObject({ left: true });
});

test("an invocation that takes too long ends the environment, and the log says so", async () => {
  await expect(environment.invoke({ hang: true })).rejects.toThrow("Runtime exited: SIGKILL");
  expect(lines).toContain("Task timed out after 1.5 seconds");
  expect(environment.dead).toBe(true);
});

test("a process that dies fails its invocation", async () => {
  await expect(environment.invoke({ die: true })).rejects.toThrow("Runtime exited: code 7");
});
