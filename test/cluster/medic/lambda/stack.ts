import { readFileSync } from "node:fs";
import type { Loose } from "../../api/client.ts";
import { type FunctionName, functions } from "../images.ts";

/** One statement of a policy, as far as a request is judged by it: its action, and the keys of EventBridge. */
export interface Statement {
  readonly actions: readonly string[];
  /** Value or values that a context key must have. */
  readonly equals: Readonly<Record<string, string | readonly string[]>>;
}

/** A function as the stack deploys it. */
export interface Deployed {
  readonly name: FunctionName;
  /** `keda-medic-prod-respond`. */
  readonly functionName: string;
  /** `dist/lambda/respond/index.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly roleName: string;
  readonly statements: readonly Statement[];
  /** Kubernetes groups of its access entry. */
  readonly groups: readonly string[];
}

/** A queue and the function that reads it. */
export interface Mapping {
  readonly queue: string;
  readonly reader: FunctionName;
  readonly batchSize: number;
  /** Milliseconds. */
  readonly window: number;
  readonly concurrency: number;
}

export interface Queue {
  /** Name in the template. */
  readonly id: string;
  readonly name: string;
  /** Seconds. */
  readonly visibilityTimeout: number;
  /** Name in the template of the queue of what failed too often. */
  readonly deadLetters: string | undefined;
  readonly receives: number;
}

export interface Rule {
  readonly source: readonly string[] | undefined;
  readonly detailType: readonly string[] | undefined;
  readonly queues: readonly string[];
}

export interface Schedule {
  readonly wakes: FunctionName;
  /** Minutes from one time to the next. */
  readonly every: number;
  /** What the function is given. */
  readonly input: unknown;
}

/** The CloudFormation of one deployment, as far as it runs here. */
export interface Stack {
  readonly functions: readonly Deployed[];
  readonly queues: readonly Queue[];
  readonly mappings: readonly Mapping[];
  readonly rules: readonly Rule[];
  readonly schedules: readonly Schedule[];
  readonly table: Loose;
  readonly bus: string;
  /** What the exporter of the cluster's events may do. */
  readonly exporter: readonly Statement[];
}

type Named = readonly [string, Loose];

const target = (value: Loose): string => value?.["Fn::GetAtt"]?.[0] ?? value?.Ref ?? "";
const listed = (value: Loose): readonly Loose[] => (Array.isArray(value) ? value : [value]);
const functionOf = (value: Loose): FunctionName => {
  const name = target(value).replace("LambdaFunction", "").toLowerCase();
  const known = functions.find((one) => one === name);
  if (known === undefined) throw new Error(`the stack has a function ${name}, which the harness does not know`);
  return known;
};

const statementsIn = (document: Loose): readonly Statement[] =>
  document.Statement.filter(({ Effect }: Loose) => Effect === "Allow").map(({ Action, Condition }: Loose) => ({
    actions: listed(Action),
    equals: Condition?.StringEquals ?? {},
  }));

/** Reads a packaged template. Throws when it holds what this harness cannot run. */
export function stackOf(file: string): Stack {
  const all: readonly Named[] = Object.entries(JSON.parse(readFileSync(file, "utf8")).Resources);
  const ofType = (type: string): readonly Named[] => all.filter(([, { Type }]) => Type === type);
  const only = (type: string): Loose => ofType(type)[0]?.[1].Properties;
  const rules = ofType("AWS::Events::Rule").map(([, { Properties }]) => Properties);
  const timers = rules.filter(({ ScheduleExpression }) => ScheduleExpression !== undefined);
  return {
    functions: ofType("AWS::Lambda::Function").map((one) => deployed(one, all)),
    queues: ofType("AWS::SQS::Queue").map(queue),
    mappings: ofType("AWS::Lambda::EventSourceMapping").map(mapping),
    rules: rules.filter(({ EventPattern }) => EventPattern !== undefined).map(rule),
    schedules: timers.flatMap(schedulesOf),
    table: only("AWS::DynamoDB::Table"),
    bus: only("AWS::Events::EventBus").Name,
    exporter: statementsIn(only("AWS::IAM::ManagedPolicy").PolicyDocument),
  };
}

function deployed([id, { Properties }]: Named, all: readonly Named[]): Deployed {
  const role = target(Properties.Role);
  const { RoleName, Policies } = all.find(([name]) => name === role)?.[1].Properties ?? {};
  const attached = all.filter(
    ([
      ,
      {
        Type,
        Properties: { Roles = [] },
      },
    ]) => isPolicyOf(role, Type, Roles),
  );
  const entry = all.find(
    ([
      ,
      {
        Type,
        Properties: { PrincipalArn },
      },
    ]) => isEntryOf(role, Type, PrincipalArn),
  );
  return {
    name: functionOf({ Ref: id }),
    functionName: Properties.FunctionName,
    handler: Properties.Handler,
    environment: Properties.Environment.Variables,
    timeout: Properties.Timeout * 1000,
    roleName: RoleName,
    statements: [...Policies, ...attached.map(([, { Properties: policy }]) => policy)].flatMap(({ PolicyDocument }) =>
      statementsIn(PolicyDocument),
    ),
    groups: entry?.[1].Properties.KubernetesGroups ?? [],
  };
}

const isPolicyOf = (role: string, type: string, roles: readonly Loose[]): boolean =>
  type === "AWS::IAM::Policy" && roles.some((one) => target(one) === role);
const isEntryOf = (role: string, type: string, principal: Loose): boolean =>
  type === "AWS::EKS::AccessEntry" && target(principal) === role;

const queue = ([id, { Properties }]: Named): Queue => ({
  id,
  name: Properties.QueueName,
  visibilityTimeout: Properties.VisibilityTimeout ?? 30,
  deadLetters:
    Properties.RedrivePolicy === undefined ? undefined : target(Properties.RedrivePolicy.deadLetterTargetArn),
  receives: Properties.RedrivePolicy?.maxReceiveCount ?? 0,
});

const mapping = ([, { Properties }]: Named): Mapping => ({
  queue: target(Properties.EventSourceArn),
  reader: functionOf(Properties.FunctionName),
  batchSize: Properties.BatchSize,
  window: (Properties.MaximumBatchingWindowInSeconds ?? 0) * 1000,
  concurrency: Properties.ScalingConfig?.MaximumConcurrency ?? 10,
});

/** Matches by source and detail-type. Throws for a pattern that asks for more. */
function rule({ EventPattern, Targets }: Loose): Rule {
  const { source, "detail-type": detailType, ...more } = EventPattern;
  if (Object.keys(more).length > 0) throw new Error(`a rule asks for ${Object.keys(more).join(", ")}`);
  return { source, detailType, queues: Targets.map(({ Arn }: Loose) => target(Arn)) };
}

/** Throws for a schedule in anything but minutes, and for one that leaves the input to EventBridge. */
function schedulesOf({ ScheduleExpression, Targets }: Loose): readonly Schedule[] {
  const every = Number(/^rate\((\d+) minutes?\)$/.exec(ScheduleExpression)?.[1]);
  if (Number.isNaN(every)) throw new Error(`a schedule of ${ScheduleExpression}, which the harness does not know`);
  return Targets.map(({ Arn, Input }: Loose) => ({ wakes: functionOf(Arn), every, input: JSON.parse(Input) }));
}

/** Queues of every rule that an event matches. */
export const queuesFor = (
  { rules }: Stack,
  event: { readonly source: string; readonly detailType: string },
): string[] =>
  rules
    .filter(
      ({ source, detailType }) =>
        (source?.includes(event.source) ?? true) && (detailType?.includes(event.detailType) ?? true),
    )
    .flatMap(({ queues }) => queues);

/** Whether one of the statements lets a request through. Context keys of IAM are compared as they are given. */
export const allows = (
  statements: readonly Statement[],
  action: string,
  context: Readonly<Record<string, string>> = {},
): boolean =>
  statements.some(
    ({ actions, equals }) =>
      actions.includes(action) &&
      Object.entries(equals).every(([key, wanted]) => listed(wanted).includes(context[key] ?? "")),
  );
