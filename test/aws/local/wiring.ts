import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { root } from "../../build/build.ts";

/** One event as EventBridge hands it on; AWS, "EventBridge event structure". */
export interface BusEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

interface Properties {
  readonly EventPattern?: { readonly source?: readonly string[]; readonly "detail-type"?: readonly string[] };
  readonly Targets?: readonly { readonly Arn: GetAtt }[];
  readonly EventSourceArn?: GetAtt;
  readonly FunctionName?: GetAtt;
  readonly RedrivePolicy?: { readonly maxReceiveCount: number };
}
interface GetAtt {
  readonly "Fn::GetAtt": readonly [string, string];
}
interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
}

const text = readFileSync(join(root, "infra/aws/messages.yml"), "utf8");
const { Resources } = load(
  text.replaceAll(/\$\{self:custom\.settings\.eventSource\}/g, "kubernetes-event-exporter"),
) as {
  readonly Resources: Readonly<Record<string, Resource>>;
};
const all = Object.values(Resources);
const nameIn = (value: GetAtt | undefined): string => value?.["Fn::GetAtt"][0] ?? "";

const matches = (event: BusEvent, { EventPattern = {} }: Properties): boolean =>
  (EventPattern.source?.includes(event.source) ?? true) &&
  (EventPattern["detail-type"]?.includes(event["detail-type"]) ?? true);

/** Queues that the rules of infra/aws/messages.yml bring an event into. */
export const queuesFor = (event: BusEvent): readonly string[] =>
  all
    .filter(({ Type, Properties }) => Type === "AWS::Events::Rule" && matches(event, Properties))
    .flatMap(({ Properties: { Targets = [] } }) => Targets.map(({ Arn }) => nameIn(Arn)));

/** `respond` or `restart`: who reads a queue. */
export const readerOf = (queue: string): string => {
  const mapping = all.find(({ Properties }) => nameIn(Properties.EventSourceArn) === queue);
  return nameIn(mapping?.Properties.FunctionName).replace("LambdaFunction", "").toLowerCase();
};

/** How often a message of a queue is handed over before it ends in the dead letter queue. */
export const receivesOf = (queue: string): number => Resources[queue]?.Properties.RedrivePolicy?.maxReceiveCount ?? 0;
