type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON merge patch (RFC 7396): null removes, lists are replaced. */
export const mergePatch = (target: Json, patch: Json): Json => merge(target, patch, (_, items) => items);

/** Strategic merge patch as far as Deployments need it: lists of named things merge by name, other lists are replaced. */
export const strategicMergePatch = (target: Json, patch: Json): Json => merge(target, patch, mergeByName);

type MergeLists = (target: Json, patch: readonly Json[]) => Json;

function merge(target: Json, patch: Json, lists: MergeLists): Json {
  if (Array.isArray(patch)) return lists(target, patch);
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value, lists);
  }
  return result;
}

const nameOf = (item: Json): Json => (isObject(item) ? item["name"] : undefined);

function mergeByName(target: Json, patch: readonly Json[]): Json {
  if (!Array.isArray(target) || !patch.every((item) => typeof nameOf(item) === "string")) return patch;
  const merged = target.map((item: Json) => {
    const change = patch.find((candidate) => nameOf(candidate) === nameOf(item));
    return change === undefined ? item : merge(item, change, mergeByName);
  });
  return [...merged, ...patch.filter((item) => !target.some((old: Json) => nameOf(old) === nameOf(item)))];
}
