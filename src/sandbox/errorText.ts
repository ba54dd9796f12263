/** The message of anything thrown, whatever realm it comes from. */
export const errorText = (thrown: unknown): string =>
  typeof thrown === "object" && thrown !== null && "message" in thrown ? String(thrown.message) : String(thrown);
