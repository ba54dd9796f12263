import { type Grants, type InstalledFunction, rulesFor, yamlNames } from "../../src/edge/kubernetes/rbac.ts";

/** What an installation by the chart's defaults gives, and no more: plain Deployments around KEDA's own YAML. */
export const rightsOf = (of: InstalledFunction): Grants =>
  rulesFor(of, yamlNames, {
    readSecret: true,
    endStalePodsEarly: false,
    portForward: true,
    oidc: false,
    kubernetesEvents: true,
    ownLease: "keda-medic",
  });
