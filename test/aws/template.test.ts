import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { variables } from "../../src/edge/config/variables.ts";
import { parseConfig } from "../../src/edge/config.ts";
import { ttlAttribute } from "../../src/edge/dynamodb/item.ts";
import { answerWithin } from "../../src/edge/hosts/lambda/handler.ts";
import { root } from "../build/build.ts";
import { tableSchema } from "../edge/dynamodb/table.ts";
import { ofType, resource } from "./packaged.ts";
import { arn, both, made, names, packageAll, template, type Wish, wishes } from "./stack.ts";
import { alarmRules } from "./stackAlarms.ts";
import { messageRules } from "./stackMessages.ts";
import { safetyRules } from "./stackSafety.ts";

packageAll();

const functionOf = (name: string, wish: Wish = "plain") => resource(template(wish), `${name}LambdaFunction`).Properties;
const environmentOf = (name: string, wish: Wish = "plain") =>
  (functionOf(name, wish)["Environment"] as { readonly Variables: Readonly<Record<string, string>> }).Variables;

describe("what is packaged", () => {
  test("two builds are the same bytes, whatever the parameters", () => {
    expect(Object.keys(made["plain"]?.zips ?? {})).toEqual(["respond.zip", "restart.zip", "sweep.zip"]);
    expect(made["everything"]?.zips).toEqual(made["plain"]?.zips);
  });

  test("two runs at once are not mixed up, and leave nothing behind", () => {
    for (const wish of both) {
      expect(made[wish]?.ran.stderr).not.toMatch(/error/i);
      const modes = names.map((name) => environmentOf(name, wish)["KEDA_MEDIC_MODE"]);
      expect(new Set(modes)).toEqual(new Set([wish === "plain" ? "observe" : "act"]));
    }
    expect(readdirSync(join(root, "dist/lambda")).sort()).toEqual(["respond", "restart", "sweep"]);
    expect(readdirSync(root)).not.toContain(".serverless");
  });

  test("`osls deploy --package` finds the zips: in the service's own folder, where it copies them to", () => {
    for (const name of Object.keys(made["plain"]?.zips ?? {}))
      expect(made["plain"]?.state).toContain(`"${join(root, ".serverless", name)}"`);
    // The service itself may well stand in there.
    expect(made["plain"]?.state.replaceAll(root, "")).not.toContain(tmpdir());
  });

  test("sizes and digests are printed", () => {
    for (const [file, digest] of Object.entries(made["plain"]?.zips ?? {}))
      expect(made["plain"]?.ran.stdout).toMatch(new RegExp(`[0-9.]+ KB {2}sha256 ${digest} {2}\\S*${file}`));
  });

  test("nothing but the place of the zips depends on when it was packaged", () => {
    const text = JSON.stringify(template());
    const stamp = /serverless\/keda-medic\/prod\/\d+-[\dT:.-]+Z\//;
    const keys = names.map((name) => (functionOf(name)["Code"] as { readonly S3Key: string }).S3Key);
    for (const key of keys) expect(key).toMatch(stamp);
    expect(text.replaceAll(new RegExp(stamp, "g"), "")).not.toMatch(/20\d\d-\d\d-\d\dT/);
  });
});

describe("functions", () => {
  test.each(names)("%s runs on nodejs24.x and arm64, under its own role and into its own log", (name) => {
    expect(functionOf(name)).toMatchObject({
      FunctionName: `keda-medic-prod-${name.toLowerCase()}`,
      Handler: `dist/lambda/${name.toLowerCase()}/index.handler`,
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      MemorySize: 1024,
      Timeout: name === "Respond" ? 110 : 30,
      Role: arn(`${name}Role`),
      TracingConfig: { Mode: "PassThrough" },
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
    });
    expect(functionOf(name)["Tags"]).toEqual(
      expect.arrayContaining([
        { Key: "app", Value: "keda-medic" },
        { Key: "cluster", Value: "prod-eu1" },
      ]),
    );
    expect(resource(template(), `${name}LogGroup`).Properties).toEqual({
      LogGroupName: `/aws/lambda/keda-medic-prod-${name.toLowerCase()}`,
      RetentionInDays: 30,
    });
  });

  test("has time for every message of its batch, even with a cluster that does not answer", () => {
    for (const [name, mapping] of [
      ["Respond", "EventQueueToRespond"],
      ["Restart", "RestartQueueToRestart"],
    ] as const) {
      const batch = Number(resource(template(), mapping).Properties["BatchSize"]);
      expect(Number(functionOf(name)["Timeout"]) * 1000).toBeGreaterThan(batch * answerWithin);
    }
  });

  test("parameters reach every function", () => {
    for (const name of names)
      expect(functionOf(name, "everything")).toMatchObject({
        MemorySize: 512,
        TracingConfig: { Mode: "Active" },
        VpcConfig: { SubnetIds: ["subnet-0a1b2c3d", "subnet-4e5f6a7b"], SecurityGroupIds: ["sg-0a1b2c3d"] },
        Layers: [wishes.everything.adotLayer],
      });
    expect(resource(template("everything"), "SweepLogGroup").Properties["RetentionInDays"]).toBe(7);
  });

  test.each(both)(
    "every variable is known to the functions, and together they are a valid configuration: %s",
    (wish) => {
      for (const name of names) {
        const environment = environmentOf(name, wish);
        expect(Object.keys(environment).filter((variable) => variables[variable] === undefined)).toEqual([]);
        const byLambda = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" };
        const parsed = parseConfig({ ...environment, ...byLambda });
        expect(parsed).toMatchObject({ ok: true });
        if (parsed.ok) expect(parsed.config.store).toBe("dynamodb");
      }
      expect(environmentOf("Respond", wish)["KEDA_MEDIC_MODE"]).toBe(wish === "plain" ? "observe" : "act");
    },
  );

  test("the table and the bus that they are told of are those of the stack", () => {
    const { KEDA_MEDIC_DYNAMODB_TABLE: table, KEDA_MEDIC_EVENT_BUS: bus } = environmentOf("Respond");
    expect(resource(template(), "IncidentTable").Properties["TableName"]).toBe(table);
    expect(resource(template(), "EventBus").Properties["Name"]).toBe(bus);
  });

  test("there is a way in by HTTP only when it is asked for, and never without a signature", () => {
    expect(ofType(template(), "AWS::Lambda::Url")).toEqual([]);
    const urls = ofType(template("everything"), "AWS::Lambda::Url");
    expect(urls.map(([, { Properties }]) => [Properties["AuthType"], Properties["TargetFunctionArn"]])).toEqual([
      ["AWS_IAM", arn("RespondLambdaFunction")],
    ]);
    for (const wish of both)
      expect(ofType(template(wish), "AWS::Lambda::Permission").map(([, { Properties }]) => Properties)).toEqual([
        ...["SweepEventsRuleSchedule1", "SweepEventsRuleSchedule2"].map((rule) =>
          expect.objectContaining({ Principal: "events.amazonaws.com", SourceArn: arn(rule) }),
        ),
      ]);
  });
});

describe("state", () => {
  test("the table is what src/edge/dynamodb uses", () => {
    expect(resource(template(), "IncidentTable").Properties).toMatchObject({
      ...tableSchema,
      TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });
});

describe("in the cluster", () => {
  test.each(names)("the role of %s is a group of its own", (name) => {
    expect(resource(template(), `${name}AccessEntry`).Properties).toEqual(
      expect.objectContaining({
        ClusterName: "prod-eu1",
        PrincipalArn: arn(`${name}Role`),
        Type: "STANDARD",
        KubernetesGroups: [`keda-medic:${name.toLowerCase()}`],
      }),
    );
  });

  test("no access policy of EKS is given, and none more than the three has an entry", () => {
    const entries = ofType(template(), "AWS::EKS::AccessEntry");
    expect(entries).toHaveLength(3);
    for (const [, { Properties }] of entries) expect(Properties["AccessPolicies"]).toBeUndefined();
  });
});

// One stack, one file: packaging takes seconds.
messageRules();
alarmRules();
safetyRules();
