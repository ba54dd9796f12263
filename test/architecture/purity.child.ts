/**
 * Imports every module under the folder given, and makes the calls of `purityCalls.ts` when that is asked for, while
 * clock, chance and the world outside throw. Prints what was used, by whom, even where the error was caught.
 */
import nodeCrypto from "node:crypto";
import { readdirSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const [folder = "", withCalls] = process.argv.slice(2);
const out = process.stdout;
const used: string[] = [];
let busyWith = "start";

function refuse(name: string): never {
  used.push(`${busyWith} used ${name}`);
  throw new Error(`core may not use ${name}`);
}

class Target {}

/** Stands in for an object, a function or a class: whoever touches it is told off. */
const trap = (name: string): object =>
  new Proxy(Target, {
    get: (_, key) => refuse(`${name}.${String(key)}`),
    apply: () => refuse(name),
    construct: () => refuse(name),
  });

function forbid(owner: object, path: string, ...names: readonly string[]): void {
  for (const name of names)
    Object.defineProperty(owner, name, { value: trap(path + name), configurable: true, writable: true });
}

const modules = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const { calls } = withCalls === "calls" ? await import("./purityCalls.ts") : { calls: {} };

// fetch loads itself when it is replaced, and looks at the clock then.
forbid(globalThis, "", "fetch", "WebSocket", "crypto", "performance", "Date");
forbid(globalThis, "", "setTimeout", "setInterval", "setImmediate", "queueMicrotask");
forbid(Math, "Math.", "random");
forbid(process, "process.", "hrtime", "uptime");
forbid(nodeCrypto, "crypto.", "randomBytes", "randomUUID", "randomInt", "randomFillSync", "generateKeyPairSync");
syncBuiltinESMExports();

async function during(name: string, run: () => unknown): Promise<void> {
  busyWith = name;
  try {
    await run();
  } catch (error) {
    used.push(`${name} failed: ${String(error)}`);
  }
}

for (const name of modules.sort()) await during(name, () => import(join(folder, name)));
for (const [name, call] of Object.entries(calls)) await during(name, call);
out.write(JSON.stringify({ modules: modules.length, calls: Object.keys(calls).length, used: [...new Set(used)] }));
