/**
 * Every name that our traces, logs and metrics use, and a public contract: dashboards and alerts are built on them.
 * A name is never reused for another meaning; a new meaning gets a new name. Where OpenTelemetry's semantic conventions
 * have a name, it is theirs (`k8s.*`, `cloudevents.*`, `error.type`, `service.*`); ours begin with `keda_medic.`.
 */
export const telemetry = {
  /** `service.name` unless configured otherwise, and the instrumentation scope of every span. */
  service: "keda-medic",

  /** Spans. One trace tells an incident: its first event's trace context is the parent of everything that follows. */
  spans: {
    /** One event, from its arrival to our answer. Linked to the event's own trace when that is not the incident's. */
    respond: "keda_medic.respond",
    /** One round of the timer. */
    sweep: "keda_medic.sweep",
    /** One request to restart a component: look again, decide again, perhaps patch. */
    restart: "keda_medic.restart",
    /** All looking-up of one diagnosis. */
    gather: "keda_medic.gather",
    /** Judging: no I/O inside. */
    diagnose: "keda_medic.diagnose",
    /** Writing a decision and its pending effect to the store. */
    commit: "keda_medic.commit",
    /** One effect: a request sent, a report emitted. */
    perform: "keda_medic.perform",
    /** The patch of one Deployment. */
    patch: "keda_medic.patch",
    /** Looking whether the symptom is gone. */
    verify: "keda_medic.verify",
  },

  /** Attributes of spans, and fields of log lines under the same names. */
  attributes: {
    serviceName: "service.name",
    serviceVersion: "service.version",
    serviceInstance: "service.instance.id",
    cluster: "k8s.cluster.name",
    namespace: "k8s.namespace.name",
    deployment: "k8s.deployment.name",
    pod: "k8s.pod.name",
    container: "k8s.container.name",
    hpa: "k8s.hpa.name",
    eventId: "cloudevents.event_id",
    eventSource: "cloudevents.event_source",
    eventType: "cloudevents.event_type",
    eventSubject: "cloudevents.event_subject",
    eventSpecVersion: "cloudevents.event_spec_version",
    /** Code of an error, or a low-cardinality word for it. */
    errorType: "error.type",
    /** `respond`, `restart`, `sweep` or `all`. */
    role: "keda_medic.role",
    /** `observe`, `approve` or `act`. */
    mode: "keda_medic.mode",
    installation: "keda_medic.installation",
    incident: "keda_medic.incident",
    /** Phase of the incident after the span: `watching`, `acting`, `verifying`, `recovered`, `escalated`, `closed`. */
    phase: "keda_medic.incident.phase",
    /** `event` or `sweep`. */
    foundBy: "keda_medic.incident.found_by",
    generation: "keda_medic.generation",
    component: "keda_medic.component",
    /** Kind of the signal that woke us up. */
    signal: "keda_medic.signal",
    /** `taken`, `inProgress` or `parkingFailed`; for what is none of ours, its code. */
    answer: "keda_medic.answer",
    /** Reason code of the diagnosis. */
    diagnosis: "keda_medic.diagnosis.code",
    disposition: "keda_medic.diagnosis.disposition",
    /** Codes of the checks that failed, in order. */
    failedChecks: "keda_medic.diagnosis.failed_checks",
    /** `none`, `restart`, `wait`, `refuse` or `escalate`. */
    decision: "keda_medic.decision.kind",
    decisionCode: "keda_medic.decision.code",
    /** Deployments that the decision is about, `namespace/name`, in order. */
    targets: "keda_medic.decision.targets",
    evidenceHash: "keda_medic.evidence.hash",
    /** What could not be looked up, `field: reason`. */
    unseen: "keda_medic.evidence.unseen",
    effect: "keda_medic.effect.id",
    effectKind: "keda_medic.effect.kind",
    /** `recovered`, `notRecovered` or `recoveredWithoutUs`. */
    outcome: "keda_medic.outcome",
  },

  /** Events on spans. */
  spanEvents: {
    /** An optimistic write lost against another one and was decided again. */
    conflict: "keda_medic.store.conflict",
    /** A guard kept a decision from being acted on. */
    guarded: "keda_medic.guarded",
  },

  /** Metrics, by instrument. Attributes in brackets. */
  metrics: {
    /** Counter, `{event}`: events taken in [cloudevents.event_type, keda_medic.answer]. */
    events: "keda_medic.events",
    /** Counter, `{incident}`: incidents opened [keda_medic.incident.found_by]. Found by sweep means an event was lost. */
    incidents: "keda_medic.incidents",
    /** Up-down counter, `{incident}`: incidents that are open now [keda_medic.incident.phase]. */
    openIncidents: "keda_medic.incidents.open",
    /** Counter, `{diagnosis}`: diagnoses made [keda_medic.diagnosis.code, keda_medic.diagnosis.disposition]. */
    diagnoses: "keda_medic.diagnoses",
    /** Counter, `{decision}`: decisions committed [keda_medic.decision.kind, keda_medic.decision.code]. */
    decisions: "keda_medic.decisions",
    /** Counter, `{restart}`: Deployments patched [keda_medic.component]. */
    restarts: "keda_medic.restarts",
    /** Counter, `{incident}`: incidents ended [keda_medic.outcome]. */
    outcomes: "keda_medic.outcomes",
    /** Histogram, `s`: from an incident's first symptom to its proved recovery. */
    recovery: "keda_medic.recovery.duration",
    /** Histogram, `s`: from an event's arrival to our answer. */
    answer: "keda_medic.answer.duration",
    /** Gauge, `s`: age of the oldest effect that nobody has acknowledged. */
    effectAge: "keda_medic.effects.oldest",
  },
} as const;
