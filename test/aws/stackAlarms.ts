import { describe, expect, test } from "@jest/globals";
import { ofType, referencesIn, resource } from "./packaged.ts";
import { names, template, wishes } from "./stack.ts";

/** Who is told when the stack fails. */
export function alarmRules(): void {
  describe("alarms", () => {
    const alarms = () => ofType(template(), "AWS::CloudWatch::Alarm");

    test("there is one for each way to fail quietly", () => {
      expect(alarms().map(([name]) => name)).toEqual([
        "DeadLettersAlarm",
        "EventsWaitAlarm",
        "RespondErrorsAlarm",
        "RestartErrorsAlarm",
        "SweepErrorsAlarm",
        "SweepMissingAlarm",
        "HeldAtObserveAlarm",
        "OtherClusterAlarm",
        "ErrorsLoggedAlarm",
      ]);
    });

    test("silence of sweep is the alarm, silence of all else is none", () => {
      for (const [name, { Properties }] of alarms())
        expect([name, Properties["TreatMissingData"]]).toEqual([
          name,
          name === "SweepMissingAlarm" ? "breaching" : "notBreaching",
        ]);
      expect(resource(template(), "SweepMissingAlarm").Properties).toMatchObject({
        MetricName: "Invocations",
        ComparisonOperator: "LessThanThreshold",
        Threshold: 1,
      });
    });

    test("an alarm on a log counts what a filter writes, of every function", () => {
      const filters = ofType(template(), "AWS::Logs::MetricFilter").map(([, { Properties }]) => {
        const [{ MetricNamespace, MetricName } = { MetricNamespace: "", MetricName: "" }] = Properties[
          "MetricTransformations"
        ] as unknown as readonly { MetricNamespace: string; MetricName: string }[];
        return `${MetricNamespace} ${MetricName} ${referencesIn(Properties["LogGroupName"])[0]}`;
      });
      const counted = alarms()
        .map(([, { Properties }]) => Properties)
        .filter(({ Namespace }) => !String(Namespace).startsWith("AWS/"))
        .flatMap(({ Namespace, MetricName }) => names.map((name) => `${Namespace} ${MetricName} ${name}LogGroup`));
      expect([...filters].sort()).toEqual([...counted].sort());
    });

    test("a filter matches what the functions write: severity and code are fields of our log", () => {
      const patterns: Readonly<Record<string, string>> = {
        PodsNotRoutable: '{ $.code = "PodsNotRoutable" }',
        OtherCluster: '{ $.code = "OtherCluster" }',
        ErrorsLogged: '{ $.severity = "ERROR" }',
      };
      for (const [name, { Properties }] of ofType(template(), "AWS::Logs::MetricFilter")) {
        const [metric] = Object.keys(patterns).filter((of) => name.endsWith(`${of}Filter`));
        expect([name, Properties["FilterPattern"]]).toEqual([name, patterns[metric ?? ""]]);
      }
    });

    test("events that wait for half an hour are told while they are still in the queue", () => {
      const { Threshold } = resource(template(), "EventsWaitAlarm").Properties;
      const { MessageRetentionPeriod } = resource(template(), "EventQueue").Properties;
      expect([Threshold, Number(MessageRetentionPeriod) > Number(Threshold)]).toEqual([1800, true]);
    });

    test("somebody is told where a topic is given", () => {
      for (const [, { Properties }] of alarms()) expect(Properties["AlarmActions"]).toEqual([]);
      for (const [, { Properties }] of ofType(template("everything"), "AWS::CloudWatch::Alarm"))
        expect(Properties["AlarmActions"]).toEqual([wishes.everything.alarmTopic]);
    });
  });
}
