import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { root } from "../build/build.ts";
import { everyStatement, listed, referencesIn, type Value } from "./packaged.ts";
import { both, template, type Wish } from "./stack.ts";

/** Wildcards that stay, and why. */
const wildcards: Readonly<Record<string, string>> = {
  "NetworkPolicy Allow *": "network interfaces have no name before they exist; AWS documents these actions with *",
  "NetworkPolicy Deny *": "denies the functions' own code what only Lambda itself is to do",
  "XrayPolicy Allow *": "the two actions of X-Ray know no resource",
  "ServerlessDeploymentBucketPolicy Deny s3:*": "osls denies every access to its bucket that is not encrypted",
  "ServerlessDeploymentBucketPolicy Deny {Bucket}/*": "the same, for every object in it",
};

/** What the stack must not hold. */
export function safetyRules(): void {
  describe("outputs", () => {
    const documented = readFileSync(join(root, "infra/aws/README.md"), "utf8").split("## Outputs")[1] ?? "";

    test.each(both)("every one is documented, and names something of the stack: %s", (wish) => {
      for (const [name, { Value: value }] of Object.entries(template(wish).Outputs)) {
        expect(documented).toContain(`\`${name}\``);
        for (const reference of referencesIn(value)) expect(template(wish).Resources).toHaveProperty([reference]);
      }
    });

    test("every reference of the stack is to something of the stack", () => {
      const pseudo = ["AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::StackName", "AWS::URLSuffix"];
      for (const wish of both)
        for (const reference of referencesIn(template(wish).Resources))
          expect([...Object.keys(template(wish).Resources), ...pseudo]).toContain(reference);
    });
  });

  describe("no wildcards", () => {
    const textOf = (value: Value): string => {
      if (typeof value === "string") return value;
      const joined = (value as { readonly "Fn::Join"?: readonly [string, readonly Value[]] })["Fn::Join"];
      return joined === undefined
        ? ""
        : joined[1].map((part) => (typeof part === "string" ? part : "{Bucket}")).join("");
    };
    const found = (wish: Wish): string[] =>
      everyStatement(template(wish)).flatMap(({ where, Effect, Action, Resource }) =>
        [...listed(Action), ...listed(Resource ?? []).map(textOf)]
          .filter((text) => text.includes("*"))
          .map((text) => `${where} ${Effect} ${text.replace(/^.*\{Bucket\}\/\*$/, "{Bucket}/*")}`),
      );

    test.each(both)("but those that are listed with a reason: %s", (wish) => {
      expect(found(wish).filter((wildcard) => wildcards[wildcard] === undefined)).toEqual([]);
    });

    test("and the list names none that is gone", () => {
      expect(Object.keys(wildcards).filter((wildcard) => !found("everything").includes(wildcard))).toEqual([]);
    });
  });
}
