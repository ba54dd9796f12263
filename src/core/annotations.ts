/**
 * Every annotation of ours. The first three go on a Deployment's Pod template and start a rollout;
 * the last two go on the Deployment's own metadata, are written by people (or by the CLI with their rights) and start nothing.
 */
export const annotations = {
  /** Generation of certificates that the restart was made for: restarting twice for one generation is impossible because of it. */
  restartedFor: "kedamedic.dev/restarted-for",
  /** When, RFC 3339 in UTC. */
  restartedAt: "kedamedic.dev/restarted-at",
  /** Name of the incident. */
  incident: "kedamedic.dev/incident",
  /** A person says hands off; the value is the reason. */
  paused: "kedamedic.dev/paused",
  /** A person approved one plan: `<hash of the plan> <when, RFC 3339>`. */
  approved: "kedamedic.dev/approved",
} as const;

/** Name under which the API server records our writes in `metadata.managedFields`. */
export const fieldManager = "keda-medic";
