import { expect, test } from "@jest/globals";
import { humanLog, wantsColour } from "../../../src/edge/log/humanLog.ts";
import { redactorOf } from "../../../src/edge/log/redact.ts";
import type { Log } from "../../../src/ports/log.ts";

function written(write: (log: Log) => void, colour = false): string {
  let out = "";
  const clock = { now: () => Date.parse("2026-11-24T13:05:09Z") };
  const take = (line: string): void => {
    out += line;
  };
  write(humanLog({ clock, write: take, redact: redactorOf(), colour, level: "info" }));
  return out;
}

test("time, severity, message and fields on one line", () => {
  const line = written((log) =>
    log.warn("not recovered", { incident: "a1", why: "two words", gone: undefined, traceparent: "t" }),
  );
  expect(line).toBe('13:05:09 WARN  not recovered incident=a1 why="two words"\n');
});

test("escape sequences out of a cluster never reach the terminal", () => {
  const line = written((log) => log.error("a\u001b]0;owned\u0007b\nc", { f: "\u009b31m\u202e" }));
  expect(line).toBe("13:05:09 ERROR a ]0;owned b c f= 31m \n");
});

test("secrets are taken out", () => {
  expect(written((log) => log.info("Bearer abcdefgh1234"))).toBe("13:05:09 INFO  Bearer [redacted]\n");
});

test("colour only where asked for", () => {
  expect(written((log) => log.error("m"), true)).toBe("13:05:09 \u001b[31mERROR\u001b[0m m\n");
});

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: "" }, true],
  [{ isTTY: true }, { NO_COLOR: "1" }, false],
  [{ isTTY: true }, { TERM: "dumb" }, false],
  [{ isTTY: false }, {}, false],
  [{}, {}, false],
])("colour on %j with %j: %j", (stream, env, expected) => {
  expect(wantsColour(stream, env)).toBe(expected);
});
