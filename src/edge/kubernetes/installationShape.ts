import type { Installation, Reservation, SeenRestarts, StoredGeneration } from "../../core/installation.ts";
import { component } from "./incidentShape.ts";
import { instant, listOf, maybe, record, text } from "./shape.ts";

const storedGeneration = record<StoredGeneration>({
  generation: text,
  leafPem: text,
  caPem: text,
  writtenAt: instant,
  seenAt: instant,
  writers: listOf(text),
});

const reservation = record<Reservation>({
  generation: text,
  components: listOf(component),
  cause: text,
  at: instant,
});

const seenRestarts = record<SeenRestarts>({
  generation: text,
  operator: maybe(instant),
  metricsApiserver: maybe(instant),
});

/** `spec` of an Installation object. */
export const installationSpec = record<{ readonly installation: string }>({ installation: text });

/** `status` of an Installation object: the whole document. */
export const installationStatus = record<Omit<Installation, "name">>({
  updatedAt: instant,
  dueAt: maybe(instant),
  generations: listOf(storedGeneration),
  rotations: listOf(instant),
  reservations: listOf(reservation),
  restarts: maybe(listOf(seenRestarts)),
  breaker: listOf(text),
});
