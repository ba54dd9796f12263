/** Largest body we read: etcd's own limit for one object, so every object in Resource mode fits. */
export const maxBodyBytes = 1_572_864;
/** Largest batch. Every event of a batch is handled before the answer, and an answer is due within 2 s. */
export const maxBatchEvents = 100;
/** Longest attribute value in characters. A Kubernetes name has 253, so a subject made of names stays far below. */
export const maxAttributeLength = 2048;
/** Most attributes on one event, required ones included. */
export const maxAttributes = 64;
/** Deepest nesting of data: ten times what an Event needs, and shallow enough for every recursive reader. */
export const maxNesting = 64;
