import { type KedaNames, rulesFor, yamlNames } from "../../../src/edge/kubernetes/rbac.ts";
import type { RulesByRole } from "../../../src/sandbox/accounts.ts";
import { namesOf } from "../../../src/sandbox/manifests/names.ts";
import type { Scenario } from "../scenarios/scenario.ts";

const kedaNames = (scenario: Scenario): KedaNames => {
  const { operator, metricsApiserver, secret } = namesOf(scenario.install ?? "yaml");
  return { ...yamlNames, operator, metricsApiserver, secret };
};

/** What the real cluster's accounts are granted for this scenario. */
export function rightsFor(scenario: Scenario): RulesByRole {
  const wanted = {
    readSecret: scenario.withoutSecret !== true,
    endStalePodsEarly: scenario.endPods === true,
    portForward: false,
    oidc: false,
    kubernetesEvents: false,
    ownLease: "keda-medic",
  };
  const rules = (of: "respond" | "restart" | "sweep") => [rulesFor(of, kedaNames(scenario), wanted)];
  return { respond: rules("respond"), restart: rules("restart"), sweep: rules("sweep") };
}
