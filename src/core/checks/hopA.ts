import type { Certificate } from "../certificate/certificate.ts";
import { verifyCertificate } from "../certificate/verify.ts";
import type { ApiServiceFacts, HpaFacts } from "../evidence.ts";
import { formatDuration } from "../instant.ts";
import { seenValue } from "../seen.ts";
import { hpaNames, nameSome } from "../symptoms.ts";
import { type Answer, type Case, type CheckFamily, pass, stop } from "./check.ts";

/** Since when hop A may be settling: a rotation, a new metrics-apiserver Pod and the failure itself each start the clock. */
function settlingSince(c: Case, failing: readonly HpaFacts[]): number {
  const newestPod = Math.max(0, ...(c.metricsApiserver?.pods.map((pod) => pod.createdAt) ?? []));
  const firstFailure = Math.min(...failing.map((hpa) => hpa.since));
  return Math.max(newestPod, c.material?.writtenAt ?? 0, firstFailure);
}

/** As kube-aggregator judges what it is shown. */
function verifiedByBundle(c: Case, api: ApiServiceFacts, leaf: Certificate, intermediates: readonly Certificate[]) {
  return verifyCertificate(leaf, api.caBundle, {
    now: c.now,
    usage: "serverAuth",
    intermediates,
    dnsName: c.layout?.serviceName ?? "",
  });
}

/** True when it is the Pod that lags behind (files mounted by subPath never change): caBundle is right about the Secret's pair, which it does not serve. */
function servesOlderPair(c: Case, api: ApiServiceFacts, served: Certificate): boolean {
  if (c.material === undefined) return false;
  const { leaf, intermediates } = c.material.certificates;
  return served.fingerprint !== leaf.fingerprint && verifiedByBundle(c, api, leaf, intermediates).ok;
}

/** A metrics-apiserver Pod whose serving certificate the APIService's caBundle does not verify: why, and what to do. */
function distrusted(c: Case, api: ApiServiceFacts): string | undefined {
  if (api.insecureSkipTlsVerify || api.caBundle.length === 0) return undefined;
  for (const [pod, probe] of Object.entries(c.evidence.metricsApiserverPresents)) {
    if (!probe.seen) continue;
    const { leaf, chain } = probe.value;
    const verified = verifiedByBundle(c, api, leaf, chain.slice(1));
    if (verified.ok) continue;
    const why = `${pod} presents a certificate that caBundle does not verify: ${verified.text}`;
    return servesOlderPair(c, api, leaf)
      ? `${why}; caBundle does verify the Secret's leaf, so the Pod still serves an older pair: keda-medic restarts nothing for hop A, a person may restart it by hand`
      : `${why}; update caBundle of the APIService (cainjector or KEDA's own rotation do it), no restart helps`;
  }
  return undefined;
}

/** What a metrics-apiserver said lately about a client certificate that it did not accept; who showed it, it does not say. */
function frontProxyRefused(c: Case): string | undefined {
  for (const [pod, log] of Object.entries(c.evidence.logs)) {
    const line = seenValue(log)?.unauthenticated;
    if (line !== undefined && c.now - line.at <= c.policy.symptomFresh) return `${pod} logs "${line.text}"`;
  }
  return undefined;
}

/** kube-aggregator's own discovery presents the same certificate, and is told 401 where nobody verifies it. */
const discoveryUnauthorized = ({ available, message }: ApiServiceFacts): boolean =>
  available !== "True" && /bad status from \S+: 401\b/.test(message);

function frontProxyStop(c: Case, who: string): Answer | undefined {
  const api = seenValue(c.evidence.apiService);
  const logged = frontProxyRefused(c);
  const told =
    api !== undefined && discoveryUnauthorized(api) ? `kube-aggregator is answered 401 (${api.message})` : undefined;
  if (logged === undefined && told === undefined) return undefined;
  return stop(
    { code: "FrontProxyDistrusted", disposition: "incurable" },
    `The metrics-apiserver does not accept the client certificate that kube-apiserver presents as front proxy: ${[told, logged].filter((words) => words !== undefined).join("; ")} (hop A; ${who} fail). Its CA must stand in requestheader-client-ca-file of ConfigMap kube-system/extension-apiserver-authentication; no restart of KEDA helps.`,
  );
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
  if (why !== undefined) return refuse("ApiServiceCaBundleStale", why);
  const frontProxy = frontProxyStop(c, who);
  if (frontProxy !== undefined) return frontProxy;
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
  return settling(c, failing, "the 503 wording") ?? hopAFailure(c, failing);
}

function settling(c: Case, failing: readonly HpaFacts[], words: string): Answer | undefined {
  const age = c.now - settlingSince(c, failing);
  if (age >= c.policy.hopASettle) return undefined;
  return stop(
    { code: "HopASettling", disposition: "inProgress", lookAgainAt: c.now - age + c.policy.hopASettle },
    `${nameSome(hpaNames(failing))} fail with ${words} for ${formatDuration(age)}: after a rotation or a rollout hop A needs some seconds to agree, and that is never hop B.`,
  );
}

const forbidden = / is forbidden: User "/;

function hopAAllows(c: Case): Answer {
  const failing = c.symptoms.other.filter((hpa) => forbidden.test(hpa.message));
  const [first] = failing;
  if (first === undefined) return pass("No HPA is forbidden to read its metric.");
  if (c.symptoms.timeout.length + c.hopB.tlsFailing.length > 0)
    return pass(`${failing.length} HPA(s) are forbidden to read their metric, and that is not the whole of it.`);
  return stop(
    { code: "HopAForbidden", disposition: "incurable" },
    `${nameSome(hpaNames(failing))} may not read external metrics: ${first.message.slice(-200)} Grant the HPA controller list on external.metrics.k8s.io (hop A; certificates have no part in it).`,
  );
}

/** 401, by apimachinery's own words for it and by those of the Status that k8s.io/apiserver answers. */
const unauthorized = /(?:^|: )(?:Unauthorized|the server has asked for the client to provide credentials)/;

function hopAKnowsUs(c: Case): Answer {
  const failing = c.symptoms.other.filter((hpa) => unauthorized.test(hpa.message));
  if (failing.length === 0) return pass("No HPA is told that it is unauthorized.");
  if (failing.length < c.symptoms.other.length || c.hopB.tlsFailing.length > 0 || c.symptoms.timeout.length > 0)
    return pass(`${failing.length} HPA(s) are told that they are unauthorized, and that is not the whole of it.`);
  const who = nameSome(hpaNames(failing));
  const young = settling(c, failing, "the 401 wording");
  if (young !== undefined) return young;
  return (
    frontProxyStop(c, who) ??
    stop(
      { code: "HopAUnauthorized", disposition: "unknown" },
      `${who} are answered 401 Unauthorized, and no metrics-apiserver says whose certificate it did not accept. Look at the front-proxy (requestheader) CA, and at the HPA controller's own credentials.`,
    )
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
      name: "HopAKnowsWhoAsks",
      source:
        "k8s.io/apiserver endpoints/filters/authentication.go; kube-aggregator remote_available_controller.go: `bad status from`; keda#7308",
      run: hopAKnowsUs,
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
    ApiServiceCaBundleStale: {
      ...refused(
        "caBundle of the APIService does not verify what the metrics-apiserver serves.",
        "A TLS probe of :6443 checked against caBundle by Go's rules.",
        "Let cainjector or KEDA's rotation update caBundle; check its annotation. Where caBundle is right about the Secret and the Pod still serves an older pair (subPath mount), restart the metrics-apiserver by hand.",
      ),
      whatWeDo:
        "Refuse: the fault is between kube-apiserver and metrics-apiserver, and keda-medic restarts nothing for that.",
    },
    ApiServiceUnavailable: refused(
      "APIService v1beta1.external.metrics.k8s.io is not Available.",
      "Its condition Available.",
      "Follow its reason: endpoints, network, port.",
    ),
    FrontProxyDistrusted: refused(
      "HPAs fail with the 503 wording, or are `Unauthorized`; KEDA's own certificates are fine.",
      "`Unable to authenticate the request ... verifying certificate ... failed: x509` in the metrics-apiserver's log, or `bad status ...: 401` in the APIService's condition.",
      "Renew kube-apiserver's --proxy-client-cert-file, or put its CA into --requestheader-client-ca-file; kube-apiserver publishes it in ConfigMap kube-system/extension-apiserver-authentication, which the metrics-apiserver watches.",
    ),
    HopAUnauthorized: {
      disposition: "unknown",
      symptom: "HPAs are answered 401 Unauthorized.",
      proof: "The 401 wording in the HPA's message; no metrics-apiserver logs that it refused a certificate.",
      cure: "Look at the front-proxy CA (ConfigMap kube-system/extension-apiserver-authentication) and at the HPA controller's credentials.",
      whatWeDo: "Escalate: the words alone do not say who did not know whom.",
    },
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
