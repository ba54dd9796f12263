import { expect, test } from "@jest/globals";
import { isExported } from "./exporter.ts";
import { allows, queuesFor, type Stack } from "./stack.ts";

const tell = { actions: ["events:PutEvents"], equals: { "events:source": "ours", "events:detail-type": ["a", "b"] } };

test.each([
  [
    "the action and all its conditions",
    "events:PutEvents",
    { "events:source": "ours", "events:detail-type": "b" },
    true,
  ],
  ["another value of a condition", "events:PutEvents", { "events:source": "ours", "events:detail-type": "c" }, false],
  ["a condition that the request says nothing of", "events:PutEvents", { "events:source": "ours" }, false],
  ["another action", "dynamodb:PutItem", { "events:source": "ours", "events:detail-type": "a" }, false],
])("a statement is asked for %s", (_what, action, context, allowed) => {
  expect(allows([tell], action, context)).toBe(allowed);
});

test("an event goes into the queues of every rule that it matches", () => {
  const stack = {
    rules: [
      { source: ["exporter"], detailType: undefined, queues: ["events"] },
      { source: ["ours"], detailType: ["asked"], queues: ["restart"] },
    ],
  } as unknown as Stack;
  expect(queuesFor(stack, { source: "exporter", detailType: "anything" })).toEqual(["events"]);
  expect(queuesFor(stack, { source: "ours", detailType: "asked" })).toEqual(["restart"]);
  expect(queuesFor(stack, { source: "ours", detailType: "told" })).toEqual([]);
});

test.each([
  ["FailedGetExternalMetric", "HorizontalPodAutoscaler", "demo", true],
  ["SuccessfulRescale", "HorizontalPodAutoscaler", "demo", false],
  ["Started", "Pod", "keda", true],
  ["Started", "Pod", "demo", false],
])(
  "an Event %s of a %s in %s is exported as infra/aws/event-exporter.yaml says: %s",
  (reason, kind, namespace, sent) => {
    expect(isExported({ reason, involvedObject: { kind, namespace } })).toBe(sent);
  },
);
