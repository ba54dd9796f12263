/**
 * What a month costs, by how many events arrive: the tables of README.md. Prices are list prices as we know them, not looked
 * up: change them here for your region and your contract, then `node infra/aws/documents.js`.
 */
/** USD, region eu-west-1, on demand, without free tier and taxes, as of 2026-11-24. */
export const prices = {
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 0.0000133334,
  eventBridgeEvent: 1e-6,
  sqsRequest: 0.4e-6,
  dynamoWrite: 0.7068e-6,
  dynamoRead: 0.1415e-6,
  logsGb: 0.57,
  alarm: 0.1,
  endpointHour: 0.011,
};

/** What one thing takes. Seconds are assumptions: nothing here was ever measured on AWS. */
export const assumptions = {
  hours: 730,
  memoryGb: 1,
  /** A look at the whole cluster. */
  lookSeconds: 1.5,
  /** An event within the 10 s after a look, or a tick with nothing to do. */
  briefSeconds: 0.1,
  /** One look in 10 s, however many events: 360 an hour at most. */
  looksPerHour: 360,
  /** sweep looks by itself every 5 minutes. */
  sweepLooksPerHour: 12,
  ticksPerHour: 60,
  batchSize: 10,
  batchWindowSeconds: 2,
  /** Lambda asks an idle queue all the time: five pollers, one question in 20 s each. */
  pollsPerHour: 5 * 180,
  queues: 2,
  alarms: 9,
  logKbPerInvocation: 1,
  /** Reads and writes of the table for one look, and for one brief visit. */
  lookReads: 3,
  lookWrites: 3,
  briefReads: 2,
};

export const rates = [1, 100, 10_000];

/** Each part of the bill in USD a month, at so many events an hour. All of them are taken for relevant: the worst case. */
export function monthly(eventsPerHour) {
  const p = prices;
  const events = eventsPerHour * a.hours;
  const batch = Math.min(a.batchSize, Math.max(1, (eventsPerHour / 3600) * a.batchWindowSeconds));
  const eventLooks = Math.min(eventsPerHour, a.looksPerHour) * a.hours;
  const looks = eventLooks + a.sweepLooksPerHour * a.hours;
  const brief = events - eventLooks + (a.ticksPerHour - a.sweepLooksPerHour) * a.hours;
  const invocations = events / batch + a.ticksPerHour * a.hours;
  const gbSeconds = (looks * a.lookSeconds + brief * a.briefSeconds) * a.memoryGb;
  const sqsRequests = events + (2 * events) / batch + a.queues * a.pollsPerHour * a.hours;
  return {
    lambda: invocations * p.lambdaRequest + gbSeconds * p.lambdaGbSecond,
    eventBridge: events * p.eventBridgeEvent,
    sqs: sqsRequests * p.sqsRequest,
    dynamo: looks * (a.lookReads * p.dynamoRead + a.lookWrites * p.dynamoWrite) + brief * a.briefReads * p.dynamoRead,
    logs: (invocations * a.logKbPerInvocation * p.logsGb) / 1024 ** 2,
    alarms: a.alarms * p.alarm,
  };
}

const a = assumptions;
const labels = {
  lambda: `Lambda: invocations x price + (looks x ${a.lookSeconds} s + others x ${a.briefSeconds} s) x ${a.memoryGb} GB x price`,
  eventBridge: "EventBridge: events x price",
  sqs: `SQS: (events + 2 x events / batch + polling of ${a.queues} idle queues) x price`,
  dynamo: `DynamoDB: looks x (${a.lookReads} reads + ${a.lookWrites} writes) + others x ${a.briefReads} reads`,
  logs: `Logs: ${a.logKbPerInvocation} KB an invocation x price of a GB`,
  alarms: `${a.alarms} alarms x price`,
};

const usd = (amount) => amount.toFixed(2);
const row = (cells) => `| ${cells.join(" | ")} |`;

export function costTable() {
  const columns = rates.map(monthly);
  const total = (column) => Object.values(column).reduce((sum, part) => sum + part, 0);
  return [
    row(["USD a month", ...rates.map((rate) => `${rate.toLocaleString("en")} events/h`)]),
    row(["---", ...rates.map(() => "---:")]),
    ...Object.entries(labels).map(([part, label]) => row([label, ...columns.map((column) => usd(column[part]))])),
    row(["**Sum**", ...columns.map((column) => `**${usd(total(column))}**`)]),
  ].join("\n");
}

/** In words, so that the prices in the README are those of the sums. */
export function priceLine() {
  const p = prices;
  const million = (price) => `${(price * 1e6).toFixed(2)} a million`;
  return [
    "Prices taken (USD, eu-west-1, on demand, no free tier, 2026-11-24):",
    `Lambda ${million(p.lambdaRequest)} invocations and ${p.lambdaGbSecond} a GB-second on arm64,`,
    `EventBridge ${million(p.eventBridgeEvent)}, SQS ${million(p.sqsRequest)},`,
    `DynamoDB ${million(p.dynamoWrite)} writes and ${million(p.dynamoRead)} reads, logs ${p.logsGb} a GB, an alarm ${p.alarm.toFixed(2)}.`,
    `An interface endpoint is ${usd(p.endpointHour * assumptions.hours)} a month for each availability zone.`,
  ].join(" ");
}
