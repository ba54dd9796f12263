import { describe, expect, test } from "@jest/globals";
import { awsEmitter, type Receiver } from "../../../src/edge/aws/emitter.ts";
import type { OutgoingEvent } from "../../../src/ports/emitter.ts";
import { remembering } from "../hosts/raw.ts";

const event: OutgoingEvent = { id: "i/opened", type: "dev.kedamedic.incident.opened.v1", subject: "i", data: {} };
const { id, type } = event;

/** An emitter whose receiver is loaded by `load`, told which attempt it is, from 1. */
function setup(name: Receiver["name"], load: (attempt: number) => Promise<void>) {
  const { lines, log } = remembering();
  const loads = { made: 0 };
  const delivered: string[] = [];
  const sender = { region: "eu-west-1", cluster: "prod", role: "respond", clock: { now: () => 0 }, log };
  const emitter = awsEmitter(sender, {
    name,
    load: async () => {
      loads.made += 1;
      await load(loads.made);
      return async ({ id }) => {
        delivered.push(id);
        return { taken: true };
      };
    },
  });
  return { emitter, lines, loads, delivered };
}

describe("what takes our events on AWS", () => {
  test.each<Receiver["name"]>(["bus", "queue"])(
    "is loaded again for the next event where the %s could not be, and the log names it and the code",
    async (name) => {
      const { emitter, lines, loads, delivered } = setup(name, async (attempt) => {
        if (attempt === 1) throw Object.assign(new Error("secret detail"), { code: "EMFILE" });
      });
      expect(await emitter.emit(event)).toBe(false);
      const message = `event could not be handed to the ${name}`;
      expect(lines).toEqual([{ level: "error", message, fields: { type, id, code: "EMFILE" } }]);
      expect([await emitter.emit(event), await emitter.emit(event)]).toEqual([true, true]);
      expect([loads.made, delivered.length, lines.length]).toEqual([2, 2, 1]);
    },
  );

  test("is loaded once for events that come together, and once more where that failed", async () => {
    const { emitter, lines, loads } = setup("bus", async (attempt) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (attempt === 1) throw new Error("no code");
    });
    const three = () => Promise.all([emitter.emit(event), emitter.emit(event), emitter.emit(event)]);
    expect(await three()).toEqual([false, false, false]);
    expect(loads.made).toBe(1);
    expect(lines.map(({ fields }) => fields)).toEqual(Array(3).fill({ type, id, code: undefined }));
    expect(await three()).toEqual([true, true, true]);
    expect(loads.made).toBe(2);
  });
});
