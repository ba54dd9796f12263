import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createEmitter } from "../../../src/edge/cloudevents/emit.ts";
import { type SinkTokenSettings, sinkToken } from "../../../src/edge/cloudevents/sinkToken.ts";
import { checkToken } from "../../../src/edge/hosts/token.ts";
import { listening } from "../hosts/listening.ts";

const token = "0123456789abcdef-first";
const later = "fedcba9876543210-second";
const event = { id: "i/restart", type: "dev.kedamedic.restart.requested.v1", subject: "i", data: {} };

let folder = "";
let path = "";
const closers: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sink-token-"));
  path = join(folder, "token");
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

interface Sink {
  readonly url: URL;
  /** The header `Authorization` of every request. */
  readonly shown: (string | undefined)[];
}

/** A sink whose answer is made from what it is shown. It sends the header back, as an unkind one may. */
async function sink(answer: (shown: string | undefined) => number, location = ""): Promise<Sink> {
  const shown: (string | undefined)[] = [];
  const server = createServer((req, res) => {
    req.resume();
    const { authorization } = req.headers;
    shown.push(authorization);
    res.writeHead(answer(authorization), { location }).end(authorization);
  });
  const { url, close } = await listening(server);
  closers.push(close);
  return { url: new URL(url), shown };
}

/** An emitter with a clock to turn, and every line that it logs. */
function emitterTo(url: URL, settings: SinkTokenSettings) {
  const time = { now: 0 };
  const clock = { now: () => time.now };
  const lines: string[] = [];
  const say = (message: string, fields?: object): void => {
    lines.push(JSON.stringify({ message, ...fields }));
  };
  const log = { info: say, warn: say, error: say };
  const common = { cluster: "c", role: "respond", pause: 20, clock, log };
  return { ...createEmitter({ sink: url, token: sinkToken(settings, clock), ...common }), time, lines };
}

const taken = () => 204;

describe("the sink's token", () => {
  test("is what our own door asks for, and without it the door is shut", async () => {
    const door = (shown: string | undefined): number => checkToken(shown, token)?.status ?? 204;
    const { url, shown } = await sink(door);
    await expect(emitterTo(url, { token }).emit(event)).resolves.toBe(true);
    await expect(emitterTo(url, {}).emit(event)).resolves.toBe(false);
    await expect(emitterTo(url, { token: later }).emit(event)).resolves.toBe(false);
    expect(shown).toEqual([`Bearer ${token}`, undefined, `Bearer ${later}`]);
  });

  test("is read from its file again when it is five seconds old, and not for every event before", async () => {
    const { url, shown } = await sink(taken);
    writeFileSync(path, `${token}\n`);
    const { emit, time } = emitterTo(url, { file: { path, optional: false } });
    await emit(event);
    writeFileSync(path, later);
    for (const now of [4999, 5000]) {
      time.now = now;
      await emit(event);
    }
    expect(shown).toEqual([`Bearer ${token}`, `Bearer ${token}`, `Bearer ${later}`]);
  });

  test("is sent to nobody whom the sink points to", async () => {
    const elsewhere = await sink(taken);
    for (const status of [301, 302, 307, 308]) {
      const { url, shown } = await sink(() => status, elsewhere.url.href);
      await expect(emitterTo(url, { token }).emit(event)).resolves.toBe(false);
      expect(shown).toHaveLength(1);
    }
    expect(elsewhere.shown).toEqual([]);
  });

  test("is in no log line, whatever the sink answers", async () => {
    writeFileSync(path, token);
    for (const answer of [401, 403, 302, 503]) {
      const { url } = await sink(() => answer);
      for (const settings of [{ token }, { file: { path, optional: false } }]) {
        const { emit, lines } = emitterTo(url, settings);
        await expect(emit(event)).resolves.toBe(false);
        expect(lines).toEqual([expect.stringContaining(String(answer))]);
        expect(lines.join()).not.toContain(token);
      }
    }
  });
});

describe("a file with the sink's token", () => {
  test("that is missing keeps the event here, and the log says which file", async () => {
    const { url, shown } = await sink(taken);
    const { emit, lines } = emitterTo(url, { file: { path, optional: false } });
    await expect(emit(event)).resolves.toBe(false);
    expect(shown).toEqual([]);
    expect(lines).toEqual([expect.stringContaining(`the sink's token cannot be read from ${path}: ENOENT`)]);
  });

  test("that comes while the event is repeated is read then", async () => {
    const { url, shown } = await sink(taken);
    const emitting = emitterTo(url, { file: { path, optional: false } }).emit(event);
    writeFileSync(path, token);
    await expect(emitting).resolves.toBe(true);
    expect(shown).toEqual([`Bearer ${token}`]);
  });

  test("that need not be there is not missed, and is found once it is", async () => {
    const { url, shown } = await sink(taken);
    const { emit, time } = emitterTo(url, { file: { path, optional: true } });
    await expect(emit(event)).resolves.toBe(true);
    writeFileSync(path, token);
    time.now = 5000;
    await expect(emit(event)).resolves.toBe(true);
    expect(shown).toEqual([undefined, `Bearer ${token}`]);
  });

  test("that need not be there, but is no file, is told", async () => {
    const { url, shown } = await sink(taken);
    const { emit, lines } = emitterTo(url, { file: { path: folder, optional: true } });
    await expect(emit(event)).resolves.toBe(false);
    expect([shown, lines]).toEqual([[], [expect.stringContaining("EISDIR")]]);
  });

  test.each(["", "two words", "a line\nand another", "-----BEGIN PRIVATE KEY-----"])(
    "that holds no token is not sent, and not quoted: %j",
    async (text) => {
      const { url, shown } = await sink(taken);
      writeFileSync(path, text);
      const { emit, lines } = emitterTo(url, { file: { path, optional: false } });
      await expect(emit(event)).resolves.toBe(false);
      expect(shown).toEqual([]);
      expect(lines).toEqual([expect.stringContaining(`${path} holds no bearer token`)]);
      if (text !== "") expect(lines.join()).not.toContain(text);
    },
  );
});
