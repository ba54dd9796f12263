export function valuesOf(schema: unknown, path?: string): readonly (readonly [string, never])[];
export function withTable(readme: string, schema: unknown): string;
