import { globSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { declareFactoryPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import fc from "fast-check";
import { collect, collected, forgets } from "./collector.mjs";

const suites = ["test/corpus", "test/core", "test/oracle"];
/** Slow, or searching at random: not asked. A mutant must be killed by a rule, not by luck or by a clock. */
const slow =
  /properties\.test|of a thousand|200,000 digits|within 16 KB|kept busy|of 1,000|a verifier busy|a word of text around|the work is bounded|among 1,000/;
const limit = 10_000;
// Shrinking a counterexample is for people; here the first one is enough.
fc.configureGlobal({ endOnFailure: true });

const context = () => {
  globalThis.__stryker__ ??= {};
  return globalThis.__stryker__;
};

const forgetAll = () => {
  for (const forget of forgets) forget();
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

/**
 * Runs tests in one process. Mutants that act only while modules are loaded are ignored (`ignoreStatic`), so nothing is
 * ever to be loaded again: without saying so, Stryker starts a process (5 s) for each mutant that acts then as well.
 */
class QuickRunner {
  #loaded;
  #tests = [];
  #order = new Order();

  capabilities() {
    return { reloadEnvironment: true };
  }

  #load() {
    this.#loaded ??= (async () => {
      for (const suite of suites)
        for (const file of globSync(`${suite}/**/*.test.ts`).sort())
          await collect(pathToFileURL(resolve(file)).href, file);
      this.#tests = collected.filter(({ id }) => !slow.test(id));
    })();
    return this.#loaded;
  }

  async dryRun() {
    await this.#load();
    const tests = [];
    for (const test of this.#tests) {
      context().currentTestId = test.id;
      // What the core remembers of an earlier test would hide from Stryker that this one runs the same code.
      forgetAll();
      const began = performance.now();
      const failureMessage = await outcome(test);
      const timeSpentMs = performance.now() - began;
      const said = { id: test.id, name: test.id, fileName: resolve(test.id.split(" > ")[0]), timeSpentMs };
      tests.push(failureMessage === undefined ? { ...said, status: 0 } : { ...said, status: 1, failureMessage });
    }
    context().currentTestId = undefined;
    return { status: "complete", tests, mutantCoverage: context().mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const stryker = context();
    Object.assign(stryker, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    await this.#load();
    stryker.activeMutant = activeMutant.id;
    forgetAll();
    const wanted = new Set(testFilter ?? this.#tests.map(({ id }) => id));
    const asked = this.#tests.filter(({ id }) => wanted.has(id));
    return this.#order.firstFailure(activeMutant.fileName, asked);
  }
}

const endless = ({ hitLimit, hitCount }) => hitLimit !== undefined && hitCount > hitLimit;

/** The tests that killed most of a file's mutants are asked first, then the quick ones: a kill costs milliseconds. */
class Order {
  #kills = new Map();
  #spent = new Map();

  async firstFailure(mutated, tests) {
    const kills = this.#kills.get(mutated) ?? new Map();
    this.#kills.set(mutated, kills);
    const rank = ({ id }) => (this.#spent.get(id) ?? 5) - 1000 * (kills.get(id) ?? 0);
    const ordered = tests.toSorted((a, b) => rank(a) - rank(b));
    for (const [index, test] of ordered.entries()) {
      const began = performance.now();
      const failureMessage = await outcome(test);
      this.#spent.set(test.id, performance.now() - began);
      if (endless(context())) return { status: "timeout", reason: "hit limit reached" };
      if (failureMessage === undefined) continue;
      kills.set(test.id, (kills.get(test.id) ?? 0) + 1);
      return { status: "killed", killedBy: [test.id], failureMessage, nrOfTests: index + 1 };
    }
    return { status: "survived", nrOfTests: ordered.length };
  }
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, "quick", () => new QuickRunner())];
