/** Request headers as a host has them: a repeated one perhaps as a list. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const asList = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === "string" ? [value] : (value ?? []);

/**
 * The same headers by lower-case name; names that differ in case only become one list. For hosts that hand names over as
 * sent (API Gateway); Node lower-cases them itself.
 */
export function lowerCased(headers: Headers): Headers {
  const all: Record<string, readonly string[]> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    all[lower] = [...(all[lower] ?? []), ...asList(value)];
  }
  return all;
}

/** The first value of one header, by its lower-case name. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}
