import { expect, test } from "@jest/globals";
import type { Diagnosis } from "../../src/core/diagnosis.ts";
import { record } from "../../src/flow/record.ts";
import type { LogFields } from "../../src/ports/log.ts";

const text = 'x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error")';

const diagnosis: Diagnosis = {
  code: "MetricsApiserverStale",
  disposition: "curable",
  sentence: "It is stale.",
  stale: [],
  checks: [],
  permanentCure: "",
};
const decision = { kind: "restart", code: diagnosis.code, sentence: diagnosis.sentence, targets: [] } as const;

function lineOf(judged: Diagnosis): LogFields | undefined {
  let line: LogFields | undefined;
  const info = (_message: string, fields?: LogFields): void => {
    line = fields;
  };
  const span = { traceparent: undefined, set: () => {}, addEvent: () => {}, link: () => {} };
  const log = { info, warn: info, error: info };
  record({ log }, span, judged, { decision, incident: undefined });
  return line;
}

test("the line of a verdict that compared texts has the logged and the predicted one", () => {
  expect(lineOf({ ...diagnosis, logged: text, predicted: text })).toMatchObject({ logged: text, predicted: text });
});

test("the line of a verdict without history has no predicted text", () => {
  expect(lineOf({ ...diagnosis, logged: text })).toMatchObject({ logged: text, predicted: undefined });
});
