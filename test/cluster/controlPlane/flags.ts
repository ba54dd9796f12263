import { apiServerPort, node, serviceRange } from "../namespaces/network.ts";
import type { Pki } from "./pki.ts";

const etcdUrl = "http://127.0.0.1:2379";
const etcdPeer = "http://127.0.0.1:2380";

export const etcdFlags = (data: string, client = etcdUrl, peer = etcdPeer): string[] => [
  `--data-dir=${data}`,
  `--listen-client-urls=${client}`,
  `--advertise-client-urls=${client}`,
  `--listen-peer-urls=${peer}`,
  `--initial-advertise-peer-urls=${peer}`,
  `--initial-cluster=default=${peer}`,
  // A test's cluster need not survive a power failure.
  "--unsafe-no-fsync",
];

/** Who the API server is, and whom it knows. */
export const identityFlags = ({ file }: Pki): string[] => [
  `--tls-cert-file=${file("apiserver.crt")}`,
  `--tls-private-key-file=${file("apiserver.key")}`,
  `--token-auth-file=${file("tokens.csv")}`,
  "--authorization-mode=RBAC",
  "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
  `--service-account-signing-key-file=${file("accounts.key")}`,
  `--service-account-key-file=${file("accounts.pub")}`,
];

export const apiServerFlags = (pki: Pki, audit: { policy: string; log: string }, authenticator?: string): string[] => [
  `--etcd-servers=${etcdUrl}`,
  // Ten times as often as by default: what expires between two pages of a list shall expire in a test.
  "--etcd-compaction-interval=30s",
  // Not on all addresses: Pods serve port 6443 at theirs.
  `--bind-address=${node.address}`,
  `--advertise-address=${node.address}`,
  `--secure-port=${apiServerPort}`,
  `--service-cluster-ip-range=${serviceRange}`,
  ...identityFlags(pki),
  `--requestheader-client-ca-file=${pki.file("front-proxy-ca.crt")}`,
  "--requestheader-allowed-names=front-proxy-client",
  "--requestheader-username-headers=X-Remote-User",
  "--requestheader-group-headers=X-Remote-Group",
  "--requestheader-extra-headers-prefix=X-Remote-Extra-",
  `--proxy-client-cert-file=${pki.file("front-proxy-client.crt")}`,
  `--proxy-client-key-file=${pki.file("front-proxy-client.key")}`,
  `--kubelet-certificate-authority=${pki.file("ca.crt")}`,
  "--kubelet-preferred-address-types=InternalIP",
  `--audit-policy-file=${audit.policy}`,
  `--audit-log-path=${audit.log}`,
  ...(authenticator === undefined
    ? []
    : [`--authentication-token-webhook-config-file=${authenticator}`, "--authentication-token-webhook-version=v1"]),
];

export const controllerManagerFlags = ({ file }: Pki, kubeconfig: string, hpaPeriod: string): string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--authentication-kubeconfig=${kubeconfig}`,
  `--authorization-kubeconfig=${kubeconfig}`,
  "--bind-address=127.0.0.1",
  "--leader-elect=false",
  // Nobody renews this node's lease, and Pod addresses are given by the process kubelet.
  "--controllers=*,-nodelifecycle,-nodeipam,-ttl",
  "--use-service-account-credentials",
  `--service-account-private-key-file=${file("accounts.key")}`,
  `--root-ca-file=${file("ca.crt")}`,
  `--horizontal-pod-autoscaler-sync-period=${hpaPeriod}`,
];
