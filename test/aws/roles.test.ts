import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { root } from "../build/build.ts";

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
interface Policies {
  readonly Properties: {
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: Statement[] } }[];
  };
}

const yaml = (path: string): unknown => load(readFileSync(join(root, path), "utf8"));
const { Resources: roles } = yaml("infra/aws/roles.yml") as { readonly Resources: Readonly<Record<string, Policies>> };
const statements = (role: string): readonly Statement[] =>
  (roles[role]?.Properties.Policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
const actions = (role: string): readonly string[] => statements(role).flatMap(({ Action }) => Action);
const everyRole = ["RespondRole", "RestartRole", "SweepRole"] as const;

/** Done by AWS in the name of the role, not by our code. */
const byLambda: ReadonlySet<string> = new Set([
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:GetQueueAttributes",
]);

const prefixes: Readonly<Record<string, string>> = {
  "@aws-sdk/client-dynamodb": "dynamodb",
  "@aws-sdk/client-eventbridge": "events",
  "@aws-sdk/client-sqs": "sqs",
  "@aws-sdk/client-eks": "eks",
};

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** Every call of the SDK in the source, as IAM names it: `new GetItemCommand(...)` is `dynamodb:GetItem`. */
function callsInSource(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const file of sources("src")) {
    const text = readFileSync(join(root, "src", file), "utf8");
    for (const [, imported = "", from = ""] of text.matchAll(
      /import\s*(?:type\s*)?\{([^}]*)\}\s*from\s*"(@aws-sdk\/[^"]+)"/g,
    ))
      for (const [, command = ""] of imported.matchAll(/\b([A-Z]\w+)Command\b/g))
        found.add(`${prefixes[from]}:${command}`);
  }
  return found;
}

/** Calls that the code can make and no role may, and why. */
const notAllowed: Readonly<Record<string, string>> = {
  "sqs:SendMessage": "KEDA_MEDIC_RESTART_QUEUE_URL is not set: requests to restart go by the bus",
};

describe("what the roles may", () => {
  test("is what the code calls, and nothing else", () => {
    const allowed = new Set(everyRole.flatMap(actions).filter((action) => !byLambda.has(action)));
    const optional = new Set([...callsInSource()].filter((call) => call.startsWith("eks:")));
    const called = [...callsInSource()].filter((call) => notAllowed[call] === undefined && !optional.has(call));
    expect([...allowed].sort()).toEqual(called.sort());
  });

  test("what Lambda does in their name they may whole: without one action no message is taken, deleted or logged", () => {
    const ofSid = (role: string, sid: string) => statements(role).find(({ Sid }) => Sid === sid)?.Action;
    for (const role of everyRole)
      expect([role, ofSid(role, "Logs")]).toEqual([role, ["logs:CreateLogStream", "logs:PutLogEvents"]]);
    const queue = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    for (const role of ["RespondRole", "RestartRole"]) expect([role, ofSid(role, "Queue")]).toEqual([role, queue]);
  });

  test("respond and sweep load and save documents, and each of the three puts events", () => {
    const documents = (role: string) => actions(role).filter((action) => action.startsWith("dynamodb:"));
    expect(documents("RespondRole")).toEqual(["dynamodb:GetItem", "dynamodb:PutItem"]);
    expect(documents("SweepRole")).toEqual(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    for (const role of everyRole) expect([role, actions(role).includes("events:PutEvents")]).toEqual([role, true]);
  });

  test("restart never writes a document, and only sweep lists them", () => {
    expect(actions("RestartRole").filter((action) => action.startsWith("dynamodb:"))).toEqual(["dynamodb:GetItem"]);
    const listing = everyRole.filter((role) => actions(role).includes("dynamodb:Query"));
    expect(listing).toEqual(["SweepRole"]);
  });

  test("each names one resource, of its own", () => {
    for (const role of everyRole)
      for (const { Sid, Resource } of statements(role)) expect([Sid, Resource]).toEqual([Sid, [expect.any(Object)]]);
    const queues = everyRole.map((role) => statements(role).find(({ Sid }) => Sid === "Queue")?.Resource);
    expect(queues).toEqual([
      [{ "Fn::GetAtt": ["EventQueue", "Arn"] }],
      [{ "Fn::GetAtt": ["RestartQueue", "Arn"] }],
      undefined,
    ]);
  });
});

describe("what the roles may put on the bus", () => {
  const types = (role: string): readonly string[] => {
    const condition = statements(role).find(({ Sid }) => Sid === "Tell")?.Condition?.["StringEquals"];
    expect(condition?.["events:source"]).toBe("dev.kedamedic");
    return condition?.["events:detail-type"] as readonly string[];
  };
  /** Types in the flow's and the core's own words. */
  const written = (folder: string, files: RegExp): readonly string[] => {
    const texts = sources(folder)
      .filter((file) => files.test(file))
      .map((file) => readFileSync(join(root, folder, file), "utf8"));
    return [...new Set(texts.flatMap((text) => text.match(/dev\.kedamedic\.[a-z-]+\.[a-z-]+\.v\d/g) ?? []))].sort();
  };

  test("respond and sweep ask and tell, and cannot report a restart", () => {
    expect([...types("RespondRole")].sort()).toEqual(written("src/core", /./));
    expect(types("SweepRole")).toEqual(types("RespondRole"));
    expect(types("RespondRole").filter((type) => /performed|ended|restart\.refused|end-refused/.test(type))).toEqual(
      [],
    );
  });

  test("restart reports, and cannot ask for a restart", () => {
    expect([...types("RestartRole")].sort()).toEqual(written("src/flow", /^restart/));
    expect(types("RestartRole").filter((type) => type.includes("requested"))).toEqual([]);
  });
});
