import { describe, expect, test } from "@jest/globals";
import { referencesIn, resource, type Value } from "./packaged.ts";
import { arn, template, wishes } from "./stack.ts";

/** How events travel in the stack. */
export function messageRules(): void {
  describe("messages", () => {
    const targetsOf = (name: string) => {
      const { EventPattern, Targets, EventBusName } = resource(template(), name).Properties;
      return { EventPattern, EventBusName, Targets: Targets as readonly Record<string, Value>[] };
    };

    test.each([
      ["EventsIn", "EventQueue", { source: ["kubernetes-event-exporter"] }],
      [
        "Reports",
        "EventQueue",
        {
          source: ["dev.kedamedic"],
          "detail-type": ["dev.kedamedic.restart.performed.v1", "dev.kedamedic.restart.refused.v1"],
        },
      ],
      [
        "RestartRequests",
        "RestartQueue",
        {
          source: ["dev.kedamedic"],
          "detail-type": ["dev.kedamedic.restart.requested.v1", "dev.kedamedic.pods.end-requested.v1"],
        },
      ],
    ])("rule %s brings its events into %s, and what it cannot deliver into DeadLetters", (name, queue, pattern) => {
      const { EventPattern, EventBusName, Targets } = targetsOf(name);
      expect({ EventPattern, EventBusName }).toEqual({ EventPattern: pattern, EventBusName: { Ref: "EventBus" } });
      expect(Targets).toEqual([
        expect.objectContaining({ Arn: arn(queue), DeadLetterConfig: { Arn: arn("DeadLetters") } }),
      ]);
      const policy = resource(template(), `${queue}Policy`).Properties;
      expect(policy["Queues"]).toEqual([{ Ref: queue }]);
      expect(referencesIn(policy["PolicyDocument"])).toContain(name);
    });

    test.each([
      ["EventQueue", "EventQueueToRespond", "RespondLambdaFunction", 10],
      ["RestartQueue", "RestartQueueToRestart", "RestartLambdaFunction", 1],
    ])(
      "a message of %s that fails five times ends in DeadLetters and holds up no other",
      (queue, mapping, to, batch) => {
        const { RedrivePolicy, VisibilityTimeout, SqsManagedSseEnabled } = resource(template(), queue).Properties;
        expect({ RedrivePolicy, SqsManagedSseEnabled }).toEqual({
          RedrivePolicy: { deadLetterTargetArn: arn("DeadLetters"), maxReceiveCount: 5 },
          SqsManagedSseEnabled: true,
        });
        const properties = resource(template(), mapping).Properties;
        expect(properties).toMatchObject({
          EventSourceArn: arn(queue),
          FunctionName: arn(to),
          BatchSize: batch,
          FunctionResponseTypes: ["ReportBatchItemFailures"],
        });
        const window = Number(properties["MaximumBatchingWindowInSeconds"] ?? 0);
        const timeout = Number(resource(template(), to).Properties["Timeout"]);
        // AWS Lambda, developer guide, "Using Lambda with Amazon SQS": six times the timeout, and the batching window.
        expect(Number(VisibilityTimeout)).toBeGreaterThanOrEqual(6 * timeout + window);
      },
    );

    test.each([
      ["SweepEventsRuleSchedule1", "every minute for what has fallen due", "rate(1 minute)", { round: "due" }],
      ["SweepEventsRuleSchedule2", "every five minutes for a look at everything", "rate(5 minutes)", {}],
    ])("%s wakes sweep %s", (rule, _, rate, round) => {
      const { ScheduleExpression, Targets, State } = resource(template(), rule).Properties;
      expect({ ScheduleExpression, State }).toEqual({ ScheduleExpression: rate, State: "ENABLED" });
      expect(Targets).toEqual([expect.objectContaining({ Arn: arn("SweepLambdaFunction") })]);
      const [{ Input }] = Targets as readonly [{ readonly Input: string }];
      expect(JSON.parse(Input)).toEqual({ action: "sweep", ...round });
    });

    test("DeadLetters takes what any of the rules could not deliver, and nothing else's", () => {
      const { Queues, PolicyDocument } = resource(template(), "DeadLettersPolicy").Properties;
      const rules = ["EventsIn", "Reports", "RestartRequests"];
      expect(Queues).toEqual([{ Ref: "DeadLetters" }]);
      expect([...referencesIn(PolicyDocument)].sort()).toEqual(["DeadLetters", ...rules].sort());
    });

    test.each([
      ["EventsIn", 3600],
      ["Reports", 3600],
      ["RestartRequests", 600],
    ])("what %s cannot deliver in %d s is worth nothing any more: sweep finds it by itself", (rule, age) => {
      const [{ RetryPolicy }] = targetsOf(rule).Targets as readonly [Record<string, Value>];
      expect(RetryPolicy).toMatchObject({ MaximumEventAgeInSeconds: age });
    });

    test("an exporter may put events of its own source, and none that look like ours", () => {
      const { PolicyDocument } = resource(template(), "EventSourcePolicy").Properties;
      const { Statement } = PolicyDocument as unknown as { readonly Statement: readonly Record<string, Value>[] };
      expect(Statement.find(({ Sid }) => Sid === "PutEvents")).toMatchObject({
        Resource: [arn("EventBus")],
        Condition: { StringEquals: { "events:source": "kubernetes-event-exporter" } },
      });
    });

    test("a tick that failed is not repeated: the next one comes anyway", () => {
      expect(resource(template(), "SweepLambdaEvConf").Properties).toMatchObject({ MaximumRetryAttempts: 0 });
    });

    test("the bus keeps events, and people are told, only when that is asked for", () => {
      expect(Object.keys(template().Resources).filter((name) => /Archive|Notices/.test(name))).toEqual([]);
      expect(resource(template("everything"), "Archive").Properties["RetentionDays"]).toBe(7);
      expect(resource(template("everything"), "Notices").Properties["Targets"]).toEqual([
        expect.objectContaining({ Arn: wishes.everything.alarmTopic }),
      ]);
    });
  });
}
