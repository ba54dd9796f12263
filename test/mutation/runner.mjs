import { globSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { declareFactoryPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import fc from "fast-check";
import { collect, collected, forgets } from "./collector.mjs";

const suites = ["test/corpus", "test/core", "test/oracle"];
/** Slow, or searching at random: asked last, when nothing quicker has killed the mutant. */
const slow = /properties\.test|hell\.test|twoSteps\.test|of a thousand|200,000 digits|within 16 KB|kept busy/;
const limit = 10_000;
// Shrinking a counterexample is for people; here the first one is enough.
fc.configureGlobal({ endOnFailure: true });

const context = () => {
  globalThis.__stryker__ ??= {};
  return globalThis.__stryker__;
};

async function outcome({ body, before, after }) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limit} ms`)), limit);
  });
  try {
    for (const hook of before) await hook();
    await Promise.race([body(), late]);
  } catch (error) {
    return String(error?.message ?? error);
  } finally {
    clearTimeout(timer);
    for (const hook of after) await hook();
  }
}

/** Runs tests in one process; Stryker starts another one for a mutant that acts while modules are loaded. */
class QuickRunner {
  #loaded;

  capabilities() {
    return { reloadEnvironment: false };
  }

  #load() {
    this.#loaded ??= (async () => {
      for (const suite of suites)
        for (const file of globSync(`${suite}/**/*.test.ts`).sort())
          await collect(pathToFileURL(resolve(file)).href, file);
      collected.sort((a, b) => Number(slow.test(a.id)) - Number(slow.test(b.id)));
    })();
    return this.#loaded;
  }

  async dryRun() {
    await this.#load();
    const tests = [];
    for (const test of collected) {
      context().currentTestId = test.id;
      const began = performance.now();
      const failureMessage = await outcome(test);
      const timeSpentMs = performance.now() - began;
      const said = { id: test.id, name: test.id, fileName: resolve(test.id.split(" > ")[0]), timeSpentMs };
      tests.push(failureMessage === undefined ? { ...said, status: 0 } : { ...said, status: 1, failureMessage });
    }
    context().currentTestId = undefined;
    return { status: "complete", tests, mutantCoverage: context().mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const stryker = context();
    Object.assign(stryker, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    if (mutantActivation === "static") stryker.activeMutant = activeMutant.id;
    await this.#load();
    stryker.activeMutant = activeMutant.id;
    for (const forget of forgets) forget();
    const wanted = new Set(testFilter ?? collected.map(({ id }) => id));
    return firstFailure(collected.filter(({ id }) => wanted.has(id)));
  }
}

const endless = ({ hitLimit, hitCount }) => hitLimit !== undefined && hitCount > hitLimit;

async function firstFailure(tests) {
  for (const [index, test] of tests.entries()) {
    const failureMessage = await outcome(test);
    if (endless(context())) return { status: "timeout", reason: "hit limit reached" };
    if (failureMessage !== undefined)
      return { status: "killed", killedBy: [test.id], failureMessage, nrOfTests: index + 1 };
  }
  return { status: "survived", nrOfTests: tests.length };
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, "quick", () => new QuickRunner())];
