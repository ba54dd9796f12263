import { jest } from "@jest/globals";

/** Deadlines run only when a test says so: nothing waits for a real timer, and a killed process leaves none behind. */
export function virtualTimers(): void {
  jest.useFakeTimers({
    doNotFake: ["Date", "hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate", "clearImmediate"],
  });
}
