export interface TracerOptions {
  /** Full address of the collector's trace intake (OTLP over HTTP, JSON). */
  readonly tracesUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest that one export, and one flush, may take, in milliseconds. */
  readonly timeout: number;
  readonly serviceName: string;
  readonly serviceVersion: string;
  /** More resource attributes, by their conventional names. */
  readonly resource: Readonly<Record<string, string>>;
  /** Goes over every text before it is sent. */
  readonly redact: (text: string) => string;
  /** Told once when sending begins to fail, and once more when it works again. */
  readonly onTrouble?: (trouble: { readonly sending: boolean; readonly detail: string }) => void;
}
