import type { KubeObject, ObjectMeta } from "../../ports/cluster.ts";

/** OpenShift's service-ca knows each of its annotations by two names (service-ca-operator `pkg/controller/api/api.go`). */
const annotation = ({ annotations }: ObjectMeta, name: string): string | undefined =>
  annotations?.[`service.beta.openshift.io/${name}`] ?? annotations?.[`service.alpha.openshift.io/${name}`];

/**
 * Names of those Services that have service-ca write this Secret. One that it could not serve is none of them: it never
 * takes over a Secret that it did not make, and writes the reason on the Service.
 */
export const askingServiceCa = (services: readonly KubeObject[], secretName: string): readonly string[] =>
  services
    .map(({ metadata }) => metadata)
    .filter((metadata) => annotation(metadata, "serving-cert-secret-name") === secretName)
    .filter((metadata) => annotation(metadata, "serving-cert-generation-error") === undefined)
    .map(({ name }) => name);

/** The Service for which service-ca made this Secret; undefined: it did not. */
export const madeByServiceCa = (secret: ObjectMeta): string | undefined =>
  annotation(secret, "originating-service-name");
