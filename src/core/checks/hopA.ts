import { verifyCertificate } from "../certificate/verify.ts";
import type { ApiServiceFacts, HpaFacts } from "../evidence.ts";
import { formatDuration } from "../instant.ts";
import { seenValue } from "../seen.ts";
import { hpaNames, nameSome } from "../symptoms.ts";
import { type Answer, type Case, type CheckFamily, pass, stop } from "./check.ts";

/** Since when hop A may be settling: a rotation, a new metrics-apiserver Pod and the failure itself each start the clock. */
function settlingSince(c: Case, failing: readonly HpaFacts[]): number {
  const newestPod = Math.max(0, ...(c.metricsApiserver?.pods ?? []).map((pod) => pod.createdAt));
  const firstFailure = Math.min(...failing.map((hpa) => hpa.since));
  return Math.max(newestPod, c.material?.writtenAt ?? 0, firstFailure);
}

/** A metrics-apiserver Pod whose serving certificate the APIService's caBundle does not verify, and why. */
function distrusted(c: Case, api: ApiServiceFacts): string | undefined {
  if (api.insecureSkipTlsVerify || api.caBundle.length === 0) return undefined;
  for (const [pod, probe] of Object.entries(c.evidence.metricsApiserverPresents)) {
    if (!probe.seen) continue;
    const { leaf, chain } = probe.value;
    const dnsName = c.layout?.serviceName;
    const verified = verifyCertificate(leaf, api.caBundle, {
      now: c.now,
      usage: "serverAuth",
      intermediates: chain.slice(1),
      ...(dnsName === undefined ? {} : { dnsName }),
    });
    if (!verified.ok) return `${pod} presents a certificate that caBundle does not verify: ${verified.text}`;
  }
  return undefined;
}

function hopAFailure(c: Case, failing: readonly HpaFacts[]): Answer {
  const api = seenValue(c.evidence.apiService);
  const who = nameSome(hpaNames(failing));
  const refuse = (code: string, sentence: string) =>
    stop(
      { code, disposition: "incurable" },
      `${sentence} (hop A, kube-apiserver to metrics-apiserver; ${who} fail with 503).`,
    );
  if (api === undefined) return refuse("HopAFailing", "The kube-apiserver cannot reach the metrics-apiserver");
  const why = distrusted(c, api);
  if (why !== undefined)
    return refuse(
      "ApiServiceCaBundleStale",
      `${why}; update caBundle of the APIService (cainjector or KEDA's own rotation do it), no restart helps`,
    );
  if (api.available !== "True")
    return refuse("ApiServiceUnavailable", `APIService is not Available: ${api.reason} ${api.message}`);
  return refuse(
    "HopAFailing",
    "The kube-apiserver cannot reach the metrics-apiserver although the APIService says Available; look at network policy, proxy and the front-proxy (requestheader) CA",
  );
}

function hopAWorks(c: Case): Answer {
  const failing = c.symptoms.unavailable;
  if (failing.length === 0)
    return pass("No HPA fails with the 503 wording: the kube-apiserver reaches the metrics-apiserver.");
  if (c.symptoms.timeout.length > 0)
    return pass(
      `${failing.length} HPA(s) fail with the 503 wording beside others with 504: hop A is not the whole of it.`,
    );
  const age = c.now - settlingSince(c, failing);
  if (age >= c.policy.hopASettle) return hopAFailure(c, failing);
  return stop(
    { code: "HopASettling", disposition: "inProgress", lookAgainAt: c.now - age + c.policy.hopASettle },
    `${nameSome(hpaNames(failing))} fail with the 503 wording for ${formatDuration(age)}: after a rotation or a rollout hop A needs some seconds to agree, and a 503 is never hop B.`,
  );
}

const forbidden = / is forbidden: User "/;

function hopAAllows(c: Case): Answer {
  const failing = c.symptoms.other.filter((hpa) => forbidden.test(hpa.message));
  if (failing.length === 0) return pass("No HPA is forbidden to read its metric.");
  if (c.symptoms.timeout.length + c.hopB.tlsFailing.length > 0)
    return pass(`${failing.length} HPA(s) are forbidden to read their metric, and that is not the whole of it.`);
  return stop(
    { code: "HopAForbidden", disposition: "incurable" },
    `${nameSome(hpaNames(failing))} may not read external metrics: ${(failing[0]?.message ?? "").slice(-200)} Grant the HPA controller list on external.metrics.k8s.io (hop A; certificates have no part in it).`,
  );
}

const refused = (symptom: string, proof: string, cure: string) => ({
  disposition: "incurable" as const,
  symptom,
  proof,
  cure,
  whatWeDo:
    "Refuse: the fault is between kube-apiserver and metrics-apiserver; restarting a KEDA component does not change who trusts whom there.",
});

/** 3. Hop A: kube-apiserver to metrics-apiserver. */
export const hopA: CheckFamily = {
  checks: [
    {
      name: "HopAWorks",
      source: "apimachinery errors.go: 503 wording; kube-aggregator verifies with APIService.spec.caBundle only",
      run: hopAWorks,
    },
    {
      name: "HopAAllows",
      source: "apimachinery errors.go: 403 wording; keda#7230",
      run: hopAAllows,
    },
  ],
  reasons: {
    HopASettling: {
      disposition: "inProgress",
      symptom: "Right after a rotation or a rollout HPAs fail with `currently unable to handle the request`.",
      proof: "The 503 wording, less than two minutes after the last change.",
      cure: "None needed: caBundle and the served certificate agree within seconds.",
      whatWeDo: "Wait.",
    },
    ApiServiceCaBundleStale: refused(
      "caBundle of the APIService does not verify what the metrics-apiserver serves.",
      "A TLS probe of :6443 checked against caBundle by Go's rules.",
      "Let cainjector or KEDA's rotation update caBundle; check its annotation.",
    ),
    ApiServiceUnavailable: refused(
      "APIService v1beta1.external.metrics.k8s.io is not Available.",
      "Its condition Available.",
      "Follow its reason: endpoints, network, port.",
    ),
    HopAForbidden: refused(
      "HPAs fail with `is forbidden: User ... cannot list resource` on external.metrics.k8s.io.",
      "The 403 wording in the HPA's message.",
      "Restore the ClusterRole and binding of the external metrics reader that KEDA's installation brings.",
    ),
    HopAFailing: refused(
      "HPAs fail with the 503 wording for minutes.",
      "The wording, and no other fault found on hop A.",
      "Look at NetworkPolicy, proxies, and the front-proxy CA (keda#7308).",
    ),
  },
};
