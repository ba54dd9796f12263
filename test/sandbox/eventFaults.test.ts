import { expect, test } from "@jest/globals";
import { EventFaults } from "../../src/sandbox/eventFaults.ts";

/** A stream whose clock stands still until it is told to go on. */
function stream() {
  const sent: string[] = [];
  let waiting: (() => void) | undefined;
  const faults = new EventFaults<string>({
    send: (event, heldBack) => void sent.push(heldBack ? `${event} held` : event),
    after: (_delay, run) => {
      waiting = run;
      return () => {
        waiting = undefined;
      };
    },
  });
  const pass = (...events: readonly string[]): void => {
    for (const event of events) faults.pass(event);
  };
  return { faults, sent, pass, timeIsOver: () => waiting?.() };
}

test("as many events as asked are lost, and the next one is not", () => {
  const { faults, sent, pass } = stream();
  faults.lose(2);
  pass("a", "b", "c");
  expect(sent).toEqual(["c"]);
});

test("a full group goes backwards at once, one that does not get full when its time is over", () => {
  const { faults, sent, pass, timeIsOver } = stream();
  faults.reorder(3);
  pass("a", "b", "c", "d", "e");
  expect(sent).toEqual(["c held", "b held", "a held"]);
  timeIsOver();
  expect(sent.slice(3)).toEqual(["e held", "d held"]);
});

test("every copy of an event counts in a group", () => {
  const { faults, sent, pass } = stream();
  faults.duplicate(2);
  faults.reorder(4);
  pass("a", "b");
  expect(sent).toEqual(["b held", "b held", "a held", "a held"]);
});

test("what is held goes out when order is asked for again, and the next event at once", () => {
  const { faults, sent, pass } = stream();
  faults.reorder(3);
  pass("a", "b");
  faults.reorder(1);
  pass("c");
  expect(sent).toEqual(["b held", "a held", "c"]);
});
