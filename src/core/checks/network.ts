import { seconds } from "../instant.ts";
import { unseen } from "../seen.ts";
import { hpaNames, nameSome } from "../symptoms.ts";
import { type Answer, type Case, type CheckFamily, pass, skipped, stop, unknown, unseenStop } from "./check.ts";

const notRead = unseen("NotAsked", "not read");

function logsRead(c: Case): Answer {
  if (c.hopB.pods.length === 0) return skipped("There is no metrics-apiserver Pod to read a log of.");
  const unread = c.hopB.pods.filter((p) => p.state === "unseen");
  if (unread.length === 0) return pass("The log of every metrics-apiserver Pod was read.");
  const miss = Object.values(c.evidence.logs).flatMap((log) => (log.seen ? [] : [log]))[0] ?? notRead;
  const sentence = `The log of ${unread.length} of ${c.hopB.pods.length} metrics-apiserver Pods could not be read (${miss.detail}).`;
  if (!c.hopB.unseen || c.symptoms.timeout.length === 0) return unknown(sentence);
  return unseenStop(
    c,
    miss,
    { code: "LogsUnseen", disposition: "unknown" },
    `${nameSome(hpaNames(c.symptoms.timeout))} time out on hop B, but only the metrics-apiserver's log tells TLS from network: ${sentence}`,
  );
}

function networkFine(c: Case): Answer {
  const failing = c.hopB.networkFailing;
  if (failing.length === 0 || c.hopB.tlsFailing.length > 0)
    return pass("No metrics-apiserver reports a network failure on hop B.");
  const first = failing[0];
  const sentence = `${first?.pod} cannot reach the operator on :${c.layout?.dialPort}: ${first?.failure.text}`;
  if (c.symptoms.timeout.length === 0) return pass(`${sentence}. No HPA times out yet.`);
  const operatorAge = c.now - Math.max(0, ...(c.operator?.pods ?? []).map((pod) => pod.startedAt ?? 0));
  if (operatorAge < c.policy.operatorSettle) {
    return stop(
      { code: "OperatorStarting", disposition: "inProgress", lookAgainAt: c.now + seconds(15) },
      `${sentence}. The operator has just started.`,
    );
  }
  if (first?.failure.text.startsWith("failed to do connect handshake"))
    return stop(
      { code: "HopBProxied", disposition: "incurable" },
      `${sentence}. An HTTP proxy stands in the way: gRPC dials through HTTPS_PROXY of the metrics-apiserver; add ${c.layout?.dialName} to NO_PROXY.`,
    );
  return stop(
    { code: "HopBNetwork", disposition: "incurable" },
    `${sentence}. This is network, DNS or an endpoint, not a certificate: look at the Service's endpoints, NetworkPolicy and DNS.`,
  );
}

/** 3. Does hop B fail now, and is it TLS at all? */
export const network: CheckFamily = {
  checks: [
    {
      name: "LogsRead",
      source: "KEDA pkg/metricsservice/client.go: x509 texts stand only in the metrics-apiserver's log",
      run: logsRead,
    },
    {
      name: "HopBReachable",
      source: "grpc-go addrConn.createTransport: `Error while dialing`, `connection reset by peer`",
      run: networkFine,
    },
  ],
  reasons: {
    LogsUnseen: {
      disposition: "unknown",
      symptom: "HPAs time out and no metrics-apiserver log could be read.",
      proof: "The API server's refusal of pods/log.",
      cure: "Grant get on pods/log in KEDA's namespace.",
      whatWeDo: "Tell a person: the HPA's words alone cannot tell TLS from network.",
    },
    HopBProxied: {
      disposition: "incurable",
      symptom: "The metrics-apiserver dials the operator through an HTTP proxy, which does not let it through.",
      proof: "`failed to do connect handshake` in its own log about :9666.",
      cure: "Set NO_PROXY for the cluster's own names in KEDA's Deployments.",
      whatWeDo: "Refuse: certificates have no part in it.",
    },
    HopBNetwork: {
      disposition: "incurable",
      symptom: "The metrics-apiserver cannot reach the operator: refused, reset, timed out, or no such host.",
      proof: "Its own log about :9666.",
      cure: "Repair endpoints, NetworkPolicy, DNS or the cluster domain.",
      whatWeDo: "Refuse: certificates have no part in it.",
    },
  },
};
