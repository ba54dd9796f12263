import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../builders/temporary.ts";
import { runOsls, runPackage } from "./packaged.ts";
import { problemsOf } from "./parameters.ts";

const problem = (given: Readonly<Record<string, string>>, chosen = {}): string =>
  problemsOf({ cluster: "prod-eu1", ...given }, chosen).join("\n");

describe("a parameter", () => {
  test.each([
    ["mode", "foo", "observe, approve or act"],
    ["mode", "Act", "observe, approve or act"],
    ["cluster", "prod eu1", "the name of an EKS cluster"],
    ["cluster", "", "the name of an EKS cluster"],
    ["endpoint", "http://10.0.0.1", "an https:// address"],
    ["ca", "MIIB", "the base64 of a PEM certificate"],
    ["kedaNamespace", "Keda", "the name of a namespace"],
    ["readSecret", "yes", "true or false"],
    ["eventSource", "aws.ec2", "neither aws.* nor ours"],
    ["eventSource", "dev.kedamedic", "neither aws.* nor ours"],
    ["http", "open", "none, url or api"],
    ["subnets", "subnet-12345678;subnet-1234567a", "subnet-... with commas between"],
    ["securityGroups", "default", "sg-... with commas between"],
    ["accessEntries", "no", "true or false"],
    ["memory", "128", "a whole number from 256 to 10240"],
    ["memory", "1e3", "a whole number from 256 to 10240"],
    ["retention", "31", "1, 3, 5, 7, 14, 30"],
    ["archiveDays", "-1", "a whole number from 0 to 365"],
    ["alarmTopic", "me@example.org", "the ARN of an SNS topic"],
    ["tracing", "on", "none or xray"],
    ["otlpEndpoint", "localhost:4318", "an http:// or https:// address"],
    ["otlpEndpoint", "https://user:secret@collector", "without user and password"],
    ["adotLayer", "aws-otel-collector", "the ARN of a version of a layer"],
  ])("%s=%s is refused with its name and what is allowed", (name, value, allowed) => {
    const words = problem({ [name]: value });
    expect(words).toMatch(new RegExp(`^parameter ${name} is `, "m"));
    expect(words).toContain(allowed);
  });

  test("that must be given is missed by its name", () => {
    expect(problemsOf({}, {})).toEqual([expect.stringMatching(/^parameter cluster is missing: set it to /)]);
  });

  test("that nobody knows is refused: a typo in mode must not mean observe", () => {
    expect(problem({ mod: "act" })).toMatch(/^parameter mod is not known: there are cluster, mode, /);
  });

  test.each([
    [{ subnets: "subnet-12345678" }, "parameter securityGroups is missing: subnets goes with it"],
    [{ securityGroups: "sg-12345678" }, "parameter subnets is missing: securityGroups goes with it"],
    [{ endpoint: "https://k.example" }, "parameter ca is missing: endpoint goes with it"],
  ])("that needs another says so: %j", (given, words) => {
    expect(problem(given)).toBe(words);
  });

  test("is right by default, and everything that is wrong is said at once", () => {
    expect(problem({})).toBe("");
    expect(problemsOf({ mode: "foo", memory: "1" }, { region: "mars-1" })).toHaveLength(4);
  });
});

describe("a region and a stage", () => {
  test.each(["mars-1", "eu-west", "EU-WEST-1", "cn-north-1", "us-gov-west-1", ""])("%j is refused", (region) => {
    expect(problem({}, { region })).toMatch(/^option --region is ".*": set it to a region of AWS/);
  });

  test.each(["eu-west-1", "us-east-2", "ap-southeast-7", "me-central-1"])("%s is taken", (region) => {
    expect(problem({}, { region })).toBe("");
  });

  test.each(["Prod", "1st", "a-stage-that-is-too-long"])("stage %s is refused", (stage) => {
    expect(problem({}, { stage })).toMatch(/^option --stage is /);
  });
});

describe("before anything is packaged", () => {
  const nowhere = () => join(temporaryFolder(), "out");

  test.each([
    [["--param=cluster=a", "--param=mode=foo"], 'parameter mode is "foo": set it to observe, approve or act'],
    [["--param=mode=act"], "parameter cluster is missing"],
    [["--param=cluster=a", "--region", "mars-1"], 'option --region is "mars-1"'],
  ])("npm run package:aws refuses %j with one line", async (args, words) => {
    const out = nowhere();
    const refused = await runPackage([...args, "--out", out]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain(words);
    expect(refused.stderr.trim().split("\n")).toHaveLength(1);
    expect(existsSync(out)).toBe(false);
  });

  test("osls itself refuses it too, without our script", async () => {
    const out = nowhere();
    const refused = await runOsls(["package", "--package", out, "--param=cluster=a", "--param=mode=foo"]);
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).toContain('parameter mode is "foo": set it to observe, approve or act');
    expect(existsSync(out)).toBe(false);
  }, 30_000);
});
