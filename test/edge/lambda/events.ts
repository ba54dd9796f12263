import type {
  APIGatewayProxyEventV2,
  EventBridgeEvent,
  LambdaFunctionURLEvent,
  ScheduledEvent,
  SQSEvent,
  SQSRecord,
} from "aws-lambda";
import type { Asked } from "../hosts/raw.ts";

const account = "123456789012";
const region = "eu-west-1";

/**
 * A request to a function URL. Shape: Lambda developer guide, "Invoking Lambda function URLs", "Request payload format"
 * (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). What is no text and no JSON arrives in base64.
 */
export function functionUrl(asked: Asked, how: "text" | "base64" = "text"): LambdaFunctionURLEvent {
  const { method = "POST", path = "/", headers = {}, body = "" } = asked;
  const bytes = Buffer.from(body as string);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    requestContext: {
      accountId: "anonymous",
      apiId: "abc",
      domainName: `abc.lambda-url.${region}.on.aws`,
      domainPrefix: "abc",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "id",
      routeKey: "$default",
      stage: "$default",
      time: "24/Nov/2026:12:00:00 +0000",
      timeEpoch: 1_795_521_600_000,
    },
    body: bytes.toString(how === "base64" ? "base64" : "utf8"),
    isBase64Encoded: how === "base64",
  };
}

/**
 * The same through an HTTP API with a stage of its own name, which stands before the path. Shape: API Gateway developer
 * guide, "Create AWS Lambda proxy integrations for HTTP APIs", payload format 2.0
 * (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 */
export function httpApi(asked: Asked): APIGatewayProxyEventV2 {
  const event = functionUrl(asked);
  const { path = "/" } = asked;
  return {
    ...event,
    routeKey: "POST /",
    rawPath: `/prod${path}`,
    requestContext: { ...event.requestContext, accountId: account, stage: "prod", routeKey: "POST /" },
  };
}

/**
 * Messages of a queue. Shape: Lambda developer guide, "Using Lambda with Amazon SQS", "Example standard queue message
 * event" (docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
 */
export const queue = (...bodies: readonly string[]): SQSEvent => ({ Records: bodies.map(record) });

const record = (body: string, i: number): SQSRecord => ({
  messageId: `m${i + 1}`,
  receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
  body,
  attributes: {
    ApproximateReceiveCount: "1",
    SentTimestamp: "1795521600000",
    SenderId: account,
    ApproximateFirstReceiveTimestamp: "1795521600001",
  },
  messageAttributes: {},
  md5OfBody: "098f6bcd4621d373cade4e832627b4f6",
  eventSource: "aws:sqs",
  eventSourceARN: `arn:aws:sqs:${region}:${account}:events`,
  awsRegion: region,
});

/**
 * An event of EventBridge. Shape: EventBridge user guide, "EventBridge events", "Event structure"
 * (docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html).
 */
export const bus = <T>(detail: T, detailType = "custom", source = "custom"): EventBridgeEvent<string, T> => ({
  version: "0",
  id: "17793124-05d4-b198-2fde-7ededc63b103",
  "detail-type": detailType,
  source,
  account,
  time: "2026-11-24T12:00:00Z",
  region,
  resources: [],
  detail,
});

/**
 * A tick of a rule with a schedule. Shape: Lambda developer guide, "Invoke a Lambda function on a schedule"
 * (docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html).
 */
export const scheduled = (source: "aws.events" | "aws.scheduler" = "aws.events"): ScheduledEvent => ({
  ...bus({}, "Scheduled Event", source),
  "detail-type": "Scheduled Event",
  resources: [`arn:aws:events:${region}:${account}:rule/sweep`],
});

const attributePrefix = "ce-";

/**
 * The event of a request as queue and bus carry it: one JSON text. Undefined where the case is about HTTP alone (method,
 * path, content type, encodings of headers and bodies).
 */
export function asText({ method, path, headers = {}, body = "" }: Asked): string | undefined {
  const type = headers["content-type"] ?? "";
  if (method !== undefined || path !== undefined || headers["content-encoding"] !== undefined) return undefined;
  if (typeof body !== "string" || JSON.stringify(headers).includes("%ff")) return undefined;
  if (type.startsWith("application/cloudevents")) return body;
  if (type !== "application/json") return undefined;
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(attributePrefix) ? [[name.slice(attributePrefix.length), value] as const] : [],
  );
  const envelope = JSON.stringify(Object.fromEntries(attributes));
  if (attributes.length === 0 || !/^\s*[[{]/.test(body)) return body;
  return `${envelope.slice(0, -1)},"data":${body}}`;
}

/** A failing HPA as kubernetes-event-exporter tells it. */
export const metricFailed = {
  metadata: { uid: "u", resourceVersion: "7", name: "x", namespace: "shop" },
  involvedObject: {
    kind: "HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v2",
    namespace: "shop",
    name: "keda-hpa-web",
  },
  reason: "FailedGetExternalMetric",
  message:
    "unable to get external metric shop/s0-cron/&LabelSelector{}: unable to fetch metrics from external metrics API: rpc error",
};
