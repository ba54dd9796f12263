import { beforeAll } from "@jest/globals";
import { type Packaged, packaged, type Template, type Value } from "./packaged.ts";

/** Base64 of a PEM's frame: shape is all that is looked at here. */
const ca = Buffer.from("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").toString("base64");

/** The least that may be said, and everything that may be said. */
export const wishes = {
  plain: { cluster: "prod-eu1" },
  everything: {
    cluster: "prod-eu1",
    mode: "act",
    endpoint: "https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
    ca,
    kedaNamespace: "keda",
    readSecret: "false",
    http: "url",
    subnets: "subnet-0a1b2c3d,subnet-4e5f6a7b",
    securityGroups: "sg-0a1b2c3d",
    archiveDays: "7",
    alarmTopic: "arn:aws:sns:eu-west-1:111122223333:keda",
    tracing: "xray",
    otlpEndpoint: "http://localhost:4318",
    adotLayer: "arn:aws:lambda:eu-west-1:901920570463:layer:aws-otel-collector-arm64-ver-0-117-0:1",
    memory: "512",
    retention: "7",
  },
} as const;

export const made: Record<string, Packaged> = {};
export type Wish = keyof typeof wishes;

/** The CloudFormation of one wish. */
export const template = (wish: Wish = "plain"): Template => {
  const found = made[wish]?.template;
  if (found === undefined) throw new Error(`${wish} was not packaged`);
  return found;
};
export const both = ["plain", "everything"] as const;

/** Packages all wishes once, before the tests of a file: at the same time, because one run must not disturb another. */
export function packageAll(): void {
  beforeAll(async () => {
    await Promise.all(
      both.map(async (wish) => {
        made[wish] = await packaged(wishes[wish]);
      }),
    );
  }, 300_000);
}

/** The functions, as their resources begin. */
export const names = ["Respond", "Restart", "Sweep"] as const;

export const arn = (name: string): Value => ({ "Fn::GetAtt": [name, "Arn"] });
