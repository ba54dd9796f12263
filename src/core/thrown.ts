/** What was thrown may come from another realm or library, so nothing here asks for `instanceof Error`. */

/** The message of anything thrown. */
export const messageOf = (thrown: unknown): string =>
  typeof thrown === "object" && thrown !== null && "message" in thrown ? String(thrown.message) : String(thrown);

/** The `name` of anything thrown, as the AWS SDK tells its errors apart; undefined where it has none. */
export const nameOf = (thrown: unknown): string | undefined =>
  typeof thrown === "object" && thrown !== null && "name" in thrown ? String(thrown.name) : undefined;

/** The `code` of anything thrown (`ENOENT`, `ECONNREFUSED`); undefined where it has none. */
export const codeOf = (thrown: unknown): string | undefined =>
  typeof thrown === "object" && thrown !== null && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : undefined;
