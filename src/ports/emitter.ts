/** A CloudEvent of ours, not yet built: the edge adds specversion and time. */
export interface OutgoingEvent {
  /** Deterministic: the same effect repeated has the same id. */
  readonly id: string;
  /** `dev.kedamedic.<noun>.<verb>.v1` */
  readonly type: string;
  /** Incident name. */
  readonly subject: string;
  readonly traceparent?: string;
  readonly data: unknown;
}

/** True when the sink took it; false when it must be repeated. Never throws. */
export interface Emitter {
  emit(event: OutgoingEvent): Promise<boolean>;
}
