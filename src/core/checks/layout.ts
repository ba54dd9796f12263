import type { Evidence } from "../evidence.ts";
import type { Unseen } from "../seen.ts";
import { type Answer, type Case, type CheckFamily, pass, stop } from "./check.ts";

const couldNotLook = (what: string, miss: Unseen): Answer =>
  stop({ code: "CouldNotLook", disposition: "blind" }, `Could not look at ${what}: ${miss.detail}`);

function apiServiceFound({ evidence }: Case): Answer {
  const { apiService } = evidence;
  if (apiService.seen)
    return pass(
      `External metrics are served by Service ${apiService.value.service.namespace}/${apiService.value.service.name}.`,
    );
  if (apiService.reason !== "NotFound") return couldNotLook("APIService v1beta1.external.metrics.k8s.io", apiService);
  return stop(
    { code: "KedaNotInstalled", disposition: "blind" },
    "APIService v1beta1.external.metrics.k8s.io does not exist, so no KEDA serves external metrics here: install KEDA, or point --context at the cluster that has it.",
  );
}

/** The hop that a missing Service cuts, where it is the one that the APIService names. */
function hopOf({ apiService }: Evidence, code: string, detail: string): string {
  if (code !== "ServiceMissing" || !apiService.seen) return "";
  const { namespace, name } = apiService.value.service;
  return detail.split(/[\s,]/).includes(`${namespace}/${name}`)
    ? " It stands on hop A, kube-apiserver to metrics-apiserver."
    : "";
}

function kedaResolved({ evidence }: Case): Answer {
  const { layout } = evidence;
  if (!layout.seen) return couldNotLook("KEDA's Service and Deployments", layout);
  if (!layout.value.supported) {
    const { code, detail } = layout.value;
    return stop({ code, disposition: "incurable" }, `${detail}${hopOf(evidence, code, detail)}`);
  }
  const l = layout.value.layout;
  return pass(
    `KEDA in namespace ${l.namespace}: ${l.metricsApiserver} dials ${l.dialName}:${l.dialPort} (${l.operator}); both mount Secret ${l.secretName}.`,
  );
}

function workloadsSeen({ evidence }: Case): Answer {
  if (!evidence.operator.seen) return couldNotLook("the operator's Deployment and Pods", evidence.operator);
  if (!evidence.metricsApiserver.seen)
    return couldNotLook("the metrics-apiserver's Deployment and Pods", evidence.metricsApiserver);
  const version = evidence.operator.value.version ?? "an unknown version";
  return pass(
    `KEDA ${version}: ${evidence.operator.value.pods.length} operator Pod(s), ${evidence.metricsApiserver.value.pods.length} metrics-apiserver Pod(s).`,
  );
}

const source = "APIService -> Service -> Deployment -> volumes, resolved as kube-aggregator and kubelet do";

/** 0. Who is it? */
export const layout: CheckFamily = {
  checks: [
    { name: "ApiServiceFound", source, run: apiServiceFound },
    { name: "KedaResolved", source, run: kedaResolved },
    { name: "WorkloadsSeen", source, run: workloadsSeen },
  ],
  reasons: {
    CouldNotLook: {
      disposition: "blind",
      symptom: "The cluster could not be read: unreachable, no credentials, or a right is missing.",
      proof: "The API server's own answer to our request.",
      cure: "Do what the sentence says: it names the address, or the verb and resource to grant.",
      whatWeDo: "Look again within 30 s; an incident that is open goes to a person after ten minutes of it.",
    },
    KedaNotInstalled: {
      disposition: "blind",
      symptom: "No APIService serves external.metrics.k8s.io.",
      proof: "404 on APIService v1beta1.external.metrics.k8s.io.",
      cure: "Install KEDA, or look at the right cluster.",
      whatWeDo: "Nothing.",
    },
    NotKedaProvider: {
      disposition: "incurable",
      symptom: "External metrics are served by somebody else than KEDA (Datadog, prometheus-adapter, ...).",
      proof: "The APIService's Service selects no Deployment with KEDA's metrics-apiserver.",
      cure: "Only one provider can own external.metrics.k8s.io: remove the other one or KEDA.",
      whatWeDo: "Refuse: a restart of KEDA cannot change who owns the API.",
    },
    UnsupportedLayout: {
      disposition: "incurable",
      symptom: "Operator and metrics-apiserver do not mount one and the same Secret (as on OpenShift).",
      proof: "The Deployments' volumes and --cert-dir.",
      cure: "Compare the certificates of both sides by hand.",
      whatWeDo: "Refuse: our proof rests on one shared Secret.",
    },
    AmbiguousInstallation: {
      disposition: "incurable",
      symptom: "More than one Deployment could be KEDA's operator or metrics-apiserver.",
      proof: "Several Deployments match the Service's selector.",
      cure: "Remove the left-over installation, or make the selectors distinct.",
      whatWeDo: "Refuse: a restart needs exactly one target.",
    },
    ServiceMissing: {
      disposition: "incurable",
      symptom: "A Service on the way of a metric does not exist: that of the metrics-apiserver, or the one it dials.",
      proof: "404 on the Service that the APIService, or --metrics-service-address, names.",
      cure: "Create the Service again, or correct the address.",
      whatWeDo: "Refuse: a restart creates no Service.",
    },
    OtherNamespace: {
      disposition: "incurable",
      symptom: "The namespace that was asked about is not the one whose KEDA serves external metrics.",
      proof: "The APIService names a Service in another namespace: of two KEDA installations only one can serve.",
      cure: "Ask about the namespace in the sentence, or remove one of the two installations.",
      whatWeDo: "Refuse: the other installation is not what HPAs talk to.",
    },
  },
};
