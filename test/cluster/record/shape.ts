import type { Loose } from "../api/client.ts";

/** Parts of a name, of a time and of an id that are another one in every run. */
const changing: readonly (readonly [RegExp, string])[] = [
  [/-[0-9a-z]{8,10}-[0-9a-z]{5}\b/g, "-POD"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UID"],
];

const named = (key: string): string => changing.reduce((text, [from, to]) => text.replace(from, to), key);

/** How deep the parts of an object are looked into; what stands below is Kubernetes' own affair. */
const deepest = 4;

/**
 * What a recording is made of, without the values: paths of its parts with their types. Lists are one item, names of Pods are
 * one name. Two recordings of the same play have the same shape.
 */
export function shapeOf(value: unknown, path = "", depth = 0): ReadonlySet<string> {
  if (Array.isArray(value)) return all(value.map((item) => shapeOf(item, `${path}[]`, depth)));
  if (typeof value !== "object" || value === null)
    return new Set([`${path}: ${value === null ? "null" : typeof value}`]);
  if (depth === deepest) return new Set([`${path}: object`]);
  return all(Object.entries(value).map(([key, part]) => shapeOf(part, `${path}.${named(key)}`, depth + 1)));
}

const all = (sets: readonly ReadonlySet<string>[]): ReadonlySet<string> => new Set(sets.flatMap((set) => [...set]));

/** A snapshot by what `keda-medic replay` reads of it. */
export const snapshotShape = (snapshot: Loose): ReadonlySet<string> =>
  new Set([...shapeOf(reduced(snapshot))].filter((path) => !path.startsWith(".events.")));

const kept = ["name", "namespace", "uid", "creationTimestamp", "resourceVersion", "labels"] as const;

/** Objects without who wrote which field, annotations and other metadata that come and go. */
function reduced(value: Loose): Loose {
  if (Array.isArray(value)) return value.map(reduced);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [
    key,
    key === "metadata" ? metadata(part) : reduced(part),
  ]);
  return Object.fromEntries(entries);
}

const metadata = (part: Loose): Loose =>
  Object.fromEntries(
    kept.flatMap((name) => (part?.[name] === undefined ? [] : [[name, name === "labels" ? "" : part[name]]])),
  );

const bodyParts = ["apiVersion", "kind", "involvedObject", "reason", "message", "namespace", "name"] as const;

/** Requests of a source: which events of which kinds, their headers, and the parts of their bodies that are read. */
export function requestsShape(requests: readonly Loose[]): ReadonlySet<string> {
  const ofOne = ({ headers, body }: Loose): string[] => {
    const content = JSON.parse(body);
    return [
      `event ${headers["ce-type"]} ${headers["ce-kind"]}`,
      ...Object.keys(headers).map((name) => `header ${name}`),
      ...bodyParts.filter((name) => name in content).map((name) => `${headers["ce-kind"]} with ${name}`),
    ];
  };
  return new Set(requests.flatMap(ofOne));
}

/** Sentences about what one has and the other has not. */
export function differences(was: ReadonlySet<string>, is: ReadonlySet<string>): readonly string[] {
  const without = (one: ReadonlySet<string>, other: ReadonlySet<string>) => [...one].filter((path) => !other.has(path));
  return [...without(was, is).map((path) => `missing: ${path}`), ...without(is, was).map((path) => `new: ${path}`)];
}
