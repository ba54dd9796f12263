/** A scenario of the real cluster that the in-process world cannot play, and how it ends there. */
export interface Cannot {
  readonly because: string;
  /** What the run ends with: if the sandbox learns it, this line has to go. */
  readonly endsWith: RegExp;
}

const notSpoken = (call: string): RegExp => new RegExp(`the sandbox does not speak this call: ${call}`);

/** Every one of them, by name. All others must pass on both worlds. */
export const cannot: Readonly<Record<string, Cannot>> = {
  "8b": {
    because: "the sandbox mounts whole Secrets, never single files by subPath",
    endsWith: /in vain for an HPA to fail with a 504/,
  },
  "9-down": {
    because: "the sandbox's aggregator does not ask whether a Service with endpoints answers",
    endsWith: /in vain for keda-medic to decide ApiServiceUnavailable/,
  },
  broker: { because: "Knative Eventing needs a real API server", endsWith: /this needs Knative Eventing itself/ },
  "broker-oidc": { because: "so it does with OIDC", endsWith: /this needs Knative Eventing itself/ },
  "14-rollout": { because: "its moves need JSON patches", endsWith: notSpoken("patch of type application/json-patch") },
  "14-recreated": { because: "its moves delete a Deployment", endsWith: notSpoken("DELETE .*/deployments/") },
  "14-helm": {
    because: "its moves need server-side apply",
    endsWith: notSpoken("patch of type application/apply-patch"),
  },
  "14-undone": { because: "its moves replace a Deployment", endsWith: notSpoken("PUT .*/deployments/") },
};
