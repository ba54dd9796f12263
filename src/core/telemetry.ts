/**
 * Every name that our traces use, and a public contract: dashboards and alerts are built on them. Nothing stands here that
 * is not emitted. A name is never reused for another meaning; a new meaning gets a new name. Where OpenTelemetry's semantic
 * conventions have a name, it is theirs (`k8s.*`, `error.type`, `service.*`); ours begin with `keda_medic.`.
 */
export const telemetry = {
  /** `service.name` unless configured otherwise, and the instrumentation scope of every span. */
  service: "keda-medic",

  /** Spans. One trace tells an incident: its first event's trace context is the parent of everything that follows. */
  spans: {
    /** One event or one tick, from its arrival to our answer. Linked to the event's own trace when that is not the incident's. */
    respond: "keda_medic.respond",
    /** All looking-up of one diagnosis, and judging. */
    gather: "keda_medic.gather",
    /** Deciding, and writing the decision with its pending effects to the store. */
    commit: "keda_medic.commit",
    /** The effects that the commit claimed: requests sent, reports emitted. */
    perform: "keda_medic.perform",
    /** One request to restart a component: look again, decide again, perhaps patch. */
    restart: "keda_medic.restart",
  },

  /** Attributes of the resource and of spans. */
  attributes: {
    serviceName: "service.name",
    serviceVersion: "service.version",
    serviceInstance: "service.instance.id",
    cluster: "k8s.cluster.name",
    /** Code of an error, or a low-cardinality word for it. */
    errorType: "error.type",
    installation: "keda_medic.installation",
    incident: "keda_medic.incident",
    /** Phase of the incident after the span: `watching`, `acting`, `verifying`, `recovered`, `escalated`, `closed`. */
    phase: "keda_medic.incident.phase",
    /** `event` or `sweep`. Found by sweep means that no event told us. */
    foundBy: "keda_medic.incident.found_by",
    generation: "keda_medic.generation",
    component: "keda_medic.component",
    /** Kind of the signal that woke us up. */
    signal: "keda_medic.signal",
    /** Reason code of the diagnosis. */
    diagnosis: "keda_medic.diagnosis.code",
    disposition: "keda_medic.diagnosis.disposition",
    /** Names of the checks that failed, in order. */
    failedChecks: "keda_medic.diagnosis.failed_checks",
    /** `none`, `restart`, `wait`, `refuse` or `escalate`. */
    decision: "keda_medic.decision.kind",
    decisionCode: "keda_medic.decision.code",
    /** Deployments that the decision is about, `namespace/name`, in order. */
    targets: "keda_medic.decision.targets",
    /** `recovered`, `notRecovered` or `recoveredWithoutUs`. */
    outcome: "keda_medic.outcome",
    /** `performed` or `refused`. */
    restart: "keda_medic.restart.result",
    /** Reason code of a restart's result. */
    restartCode: "keda_medic.restart.code",
  },

  /** Events on spans. */
  spanEvents: {
    /** An optimistic write lost against another one; it is looked at and decided again. */
    conflict: "keda_medic.store.conflict",
  },
} as const;
