export type AttributeValue = string | number | boolean | readonly string[];

export interface SpanHandle {
  set(name: string, value: AttributeValue): void;
  addEvent(name: string, attributes?: Readonly<Record<string, AttributeValue>>): void;
  /** Belongs to this trace context, too. Does nothing when that is the span's own trace, or no trace at all. */
  link(traceparent: string | undefined): void;
  /** W3C traceparent of this span; undefined when tracing is off. */
  readonly traceparent: string | undefined;
}

export interface SpanOptions {
  /** Parent: the incident's trace context. */
  readonly parent?: string | undefined;
  /** Trace context of the event that woke us up, when it is not the parent. */
  readonly link?: string | undefined;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** Spans around the flow's steps. With tracing off it only runs the function. */
export interface Tracer {
  span<T>(name: string, options: SpanOptions, run: (span: SpanHandle) => Promise<T>): Promise<T>;
  /** Sends what is buffered; for SIGTERM and the end of a Lambda invocation. */
  flush(): Promise<void>;
}
