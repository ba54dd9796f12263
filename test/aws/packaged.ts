import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ran, ran, root } from "../build/build.ts";

/** CloudFormation's own words for a value that is known only when it is deployed. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

export interface Resource {
  readonly Type: string;
  readonly Properties: { readonly [key: string]: Value };
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  /** Absent where a policy is about the very role that it belongs to. */
  readonly Resource?: Value;
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: Value } };
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: Value; readonly Description?: string }>>;
}

export interface Packaged {
  readonly ran: Ran;
  readonly template: Template;
  /** SHA-256 of each zip, by file name. */
  readonly zips: Readonly<Record<string, string>>;
  /** What `osls deploy --package` reads. */
  readonly state: string;
}

const program = join(root, "scripts/packageAws.mjs");

/** No credentials, no home, no proxy. */
const runProgram = (file: string, args: readonly string[]): Promise<Ran> =>
  ran(process.execPath, [file, ...args], {}, 150_000);

export const runPackage = (args: readonly string[]): Promise<Ran> => runProgram(program, args);

/** osls itself, without our script before it. */
export const runOsls = (args: readonly string[]): Promise<Ran> =>
  runProgram(join(root, "node_modules/osls/bin/serverless.js"), args);

function zipsIn(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".zip"));
  const digest = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, file)))
      .digest("hex");
  return Object.fromEntries(files.map((file) => [file, digest(file)]));
}

/** Packages with the given parameters, into a folder of its own. */
export async function packaged(parameters: Readonly<Record<string, string>>): Promise<Packaged> {
  const out = mkdtempSync(join(tmpdir(), "package-aws-"));
  const pairs = Object.entries(parameters).map(([name, value]) => `--param=${name}=${value}`);
  try {
    const done = await runPackage(["--stage", "prod", "--region", "eu-west-1", "--out", out, ...pairs]);
    if (done.code !== 0) throw new Error(`packaging failed:\n${done.stdout}\n${done.stderr}`);
    const text = readFileSync(join(out, "cloudformation-template-update-stack.json"), "utf8");
    const state = readFileSync(join(out, "serverless-state.json"), "utf8");
    return { ran: done, template: JSON.parse(text) as Template, zips: zipsIn(out), state };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

export const ofType = (template: Template, type: string): (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/** The resource of this name. Throws when there is none. */
export function resource(template: Template, name: string): Resource {
  const found = template.Resources[name];
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found;
}

interface Policy {
  readonly Roles?: readonly { readonly Ref: string }[];
  readonly PolicyDocument: { readonly Statement: readonly Statement[] };
}

const own = ({ Properties }: Resource): readonly Statement[] =>
  (Properties["Policies"] as unknown as readonly Policy[]).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

/** What a role may, its own policies and those that are attached to it. */
export function statementsOf(template: Template, role: string): readonly Statement[] {
  const attached = ofType(template, "AWS::IAM::Policy")
    .map(([, { Properties }]) => Properties as unknown as Policy)
    .filter(({ Roles = [] }) => Roles.some(({ Ref }) => Ref === role));
  return [...own(resource(template, role)), ...attached.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)];
}

export const listed = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** Every policy statement of the template, and in which resource. */
export function everyStatement(template: Template): (Statement & { readonly where: string })[] {
  const found: (Statement & { readonly where: string })[] = [];
  const walk = (value: unknown, where: string): void => {
    if (typeof value !== "object" || value === null) return;
    if ("Effect" in value && "Action" in value) found.push({ ...(value as unknown as Statement), where });
    for (const inner of Object.values(value)) walk(inner, where);
  };
  for (const [name, { Properties }] of Object.entries(template.Resources)) walk(Properties, name);
  return found;
}

/** Names that `Ref` and `Fn::GetAtt` point at, anywhere in a value. */
export function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "Ref") return [String(inner)];
    return key === "Fn::GetAtt" ? [String((inner as readonly string[])[0])] : referencesIn(inner);
  });
}
