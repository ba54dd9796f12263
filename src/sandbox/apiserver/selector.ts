import { field } from "./call.ts";

type Labels = Readonly<Record<string, string>>;
type Test = (labels: Labels) => boolean;

/** A label selector as in `?labelSelector=`: equality, existence and `in (...)`; undefined when it cannot be read. */
export function labelSelector(text: string): Test | undefined {
  const tests = requirements(text).map(requirement);
  return tests.every((test) => test !== undefined)
    ? (labels) => tests.every((test) => test?.(labels) === true)
    : undefined;
}

const requirements = (text: string): string[] =>
  text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");

function requirement(text: string): Test | undefined {
  const set = /^(\S+) (not)?in \(([^)]*)\)$/.exec(text);
  if (set) return inSet(set[1] ?? "", (set[3] ?? "").split(","), set[2] === undefined);
  const equal = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text);
  if (equal) return inSet(equal[1] ?? "", [equal[3] ?? ""], equal[2] !== "!=");
  const exists = /^(!?)([^=!\s]+)$/.exec(text);
  return exists === null ? undefined : (labels) => Object.hasOwn(labels, exists[2] ?? "") === (exists[1] === "");
}

function inSet(key: string, values: readonly string[], wanted: boolean): Test {
  const trimmed = values.map((value) => value.trim());
  return (labels) => trimmed.includes(labels[key] ?? "\u0000") === wanted;
}

/** A field selector as in `?fieldSelector=`: `a.b=c` and `a.b!=c`, joined by commas. Values are compared as text. */
export function fieldSelector(text: string): ((object: unknown) => boolean) | undefined {
  const parts = text.split(",").filter((part) => part !== "");
  const tests = parts.map((part) => /^([\w.]+)(!?)==?(.*)$/.exec(part));
  if (tests.some((test) => test === null)) return undefined;
  return (object) =>
    tests.every((test) => {
      const [, path = "", not, wanted] = test ?? [];
      return (String(field(object, ...path.split(".")) ?? "") === wanted) === (not === "");
    });
}
