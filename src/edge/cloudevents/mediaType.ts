/** How a request carries its event, by content type alone. `json` is binary mode with headers, else plain JSON. */
export type BodyKind = "json" | "structured" | "batched" | "none" | "unknown";

const common: ReadonlyMap<string, BodyKind> = new Map<string, BodyKind>([
  ["application/json", "json"],
  ["application/json; charset=utf-8", "json"],
  ["application/cloudevents+json", "structured"],
  ["application/cloudevents+json; charset=utf-8", "structured"],
  ["application/cloudevents-batch+json", "batched"],
]);

/** Parameters in any case and order; a charset other than UTF-8 (or its subset ASCII) is not ours to convert. */
const charset = /;\s*charset\s*=\s*"?([^";\s]*)"?/i;
const jsonEssence = /^(?:application|text)\/(?:[a-z0-9!#$&^_.-]+\+)?json$/;

function slowKind(contentType: string): BodyKind {
  const essence = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
  const named = charset.exec(contentType)?.[1]?.toLowerCase();
  if (named !== undefined && named !== "utf-8" && named !== "utf8" && named !== "us-ascii") return "unknown";
  const known = common.get(essence);
  if (known !== undefined) return known;
  if (essence.startsWith("application/cloudevents")) return "unknown";
  return jsonEssence.test(essence) ? "json" : "unknown";
}

/** Reads a Content-Type header. The common spellings cost one look-up. */
export function bodyKindOf(contentType: string | undefined): BodyKind {
  if (contentType === undefined || contentType === "") return "none";
  return common.get(contentType) ?? slowKind(contentType);
}

/** True for a JSON media type, or none at all (JSON is the default of the JSON event format). */
export const isJsonType = (contentType: string | undefined): boolean =>
  contentType === undefined || bodyKindOf(contentType) === "json";
