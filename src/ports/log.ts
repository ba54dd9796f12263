export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One JSON line per call on stdout. Fields are short scalars: no objects, so no Secret can slip in. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
