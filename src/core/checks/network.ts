import { seconds } from "../instant.ts";
import { unseen } from "../seen.ts";
import { hpaNames, nameSome } from "../symptoms.ts";
import {
  type Answer,
  type Case,
  type CheckFamily,
  operatorStart,
  pass,
  skipped,
  stop,
  unknown,
  unseenStop,
} from "./check.ts";

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
  const [first] = c.hopB.networkFailing;
  if (first === undefined || c.hopB.tlsFailing.length > 0)
    return pass("No metrics-apiserver reports a network failure on hop B.");
  const { text } = first.failure;
  const sentence = `${first.pod} cannot reach the operator on :${c.layout?.dialPort}: ${text}`;
  if (c.symptoms.timeout.length === 0) return pass(`${sentence}. No HPA times out yet.`);
  if (operatorAge(c) < c.policy.operatorSettle) {
    return stop(
      { code: "OperatorStarting", disposition: "inProgress", lookAgainAt: c.now + seconds(15) },
      `${sentence}. The operator has just started.`,
    );
  }
  if (text.startsWith("failed to do connect handshake"))
    return stop(
      { code: "HopBProxied", disposition: "incurable" },
      `${sentence}. An HTTP proxy stands in the way: gRPC dials through HTTPS_PROXY of the metrics-apiserver; add ${c.layout?.dialName} to NO_PROXY.`,
    );
  return stop(
    { code: "HopBNetwork", disposition: "incurable" },
    `${sentence}. This is network, DNS or an endpoint, not a certificate: look at the Service's endpoints, NetworkPolicy and DNS.`,
  );
}

/** What a peer that is not KEDA's operator makes Go's client say: it speaks no TLS. */
const noTls = "tls: first record does not look like a TLS handshake";
/** Names of a mesh's own certificates: Istio and Kuma give a URI only, Linkerd the name of a service account. */
const meshNames = /^x509: certificate is (?:not valid for any names|valid for \S+\.serviceaccount\.identity\.)/;
/** Words of a connection that somebody in between cut off. */
const cutOff = /EOF$|connection reset by peer|^read tcp|broken pipe/;

const meshes = (c: Case): readonly string[] =>
  [c.operator, c.metricsApiserver]
    .flatMap((workload) => workload?.pods ?? [])
    .flatMap((pod) => (pod.mesh === undefined || pod.deleting ? [] : [`${pod.name} (${pod.mesh})`]));

const operatorAge = (c: Case): number => c.now - operatorStart(c);

/** The words that a mesh causes, where nobody says anything else. */
function meshWords(c: Case): string | undefined {
  const { tlsFailing, networkFailing } = c.hopB;
  const theirs = (text: string): boolean => text === noTls || meshNames.test(text);
  const [first] = tlsFailing;
  if (first !== undefined)
    return tlsFailing.every(({ failure }) => theirs(failure.text)) ? first.failure.text : undefined;
  const settled = operatorAge(c) >= c.policy.operatorSettle;
  return settled ? networkFailing.find(({ failure }) => cutOff.test(failure.text))?.failure.text : undefined;
}

function unmeshed(c: Case): Answer {
  const pods = meshes(c);
  const text = pods.length === 0 ? undefined : meshWords(c);
  if (text === undefined || c.symptoms.timeout.length === 0)
    return pass(
      pods.length === 0
        ? "No Pod of KEDA is part of a service mesh."
        : `A service mesh handles the traffic of ${nameSome(pods)}; hop B shows no sign of it.`,
    );
  return stop(
    { code: "HopBMeshed", disposition: "incurable" },
    `A service mesh stands on hop B: it handles the traffic of ${nameSome(pods)}, and the metrics-apiserver says "${text}". KEDA does its own mutual TLS on :${c.layout?.dialPort}: take that port, or KEDA, out of the mesh.`,
  );
}

function speaksTls(c: Case): Answer {
  const { tlsFailing } = c.hopB;
  const silent = tlsFailing.every(({ failure }) => failure.text === noTls) ? tlsFailing[0] : undefined;
  if (silent === undefined || c.symptoms.timeout.length === 0)
    return pass("Whoever answers the metrics-apiserver speaks TLS.");
  return stop(
    { code: "HopBNotTls", disposition: "incurable" },
    `${silent.pod} is answered on :${c.layout?.dialPort} by somebody who speaks no TLS ("${noTls}"): a transparent proxy, another program behind the Service, or an operator of KEDA 2.9, which has no TLS. No certificate has part in it.`,
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
      name: "HopBOutsideMesh",
      source: "keda#5408; Istio and Linkerd: sidecars take over a Pod's TCP, KEDA's own mutual TLS included",
      run: unmeshed,
    },
    {
      name: "HopBSpeaksTls",
      source: "Go crypto/tls conn.go: RecordHeaderError; KEDA 2.9 serves :9666 without TLS",
      run: speaksTls,
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
    HopBMeshed: {
      disposition: "incurable",
      symptom:
        "KEDA's Pods are part of a service mesh (Istio, Linkerd, Consul, Kuma), and hop B is cut off or answered by a proxy.",
      proof:
        "The sidecar in the Pods, and a text in the metrics-apiserver's log that no operator causes: no TLS, EOF, a reset, names of somebody else.",
      cure: "Exclude port 9666 (Istio: traffic.sidecar.istio.io/excludeInboundPorts and excludeOutboundPorts; Linkerd: skip-inbound-ports and skip-outbound-ports), or KEDA's namespace.",
      whatWeDo: "Refuse: certificates of KEDA have no part in it, and a restart brings the sidecar back.",
    },
    HopBNotTls: {
      disposition: "incurable",
      symptom: "Whoever answers on :9666 speaks no TLS.",
      proof: "`tls: first record does not look like a TLS handshake` in the metrics-apiserver's log.",
      cure: "Find out who answers: a transparent proxy, another program behind the Service, an operator of KEDA 2.9.",
      whatWeDo: "Refuse: a restart does not change who answers.",
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
