import type { Loose } from "./objects.ts";

/** KEDA's two Deployments as its YAML names them, with what a restart must not change. */
export const kedaDeployment = (name: string): Loose => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "keda", labels: { app: name }, annotations: { "example.com/theirs": "kept" } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { "example.com/theirs": "kept" } },
      spec: { containers: [{ name, image: "ghcr.io/kedacore/keda:2.13.1", args: ["--v=0"] }] },
    },
  },
});

export const pod = (name: string): Loose => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "keda" },
  // Without a kubelet nobody would acknowledge an end with grace.
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "c", image: "keda" }] },
});

/** The same object in another namespace. */
export const inNamespace = (namespace: string, object: Loose): Loose => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

/** A merge patch of the Pod template's annotations. */
export const onTemplate = (annotations: Loose): Loose => ({ spec: { template: { metadata: { annotations } } } });
/** What restart writes. */
export const ours = onTemplate({
  "kedamedic.dev/restarted-for": "abc",
  "kedamedic.dev/restarted-at": "2026-11-24T00:00:00Z",
  "kedamedic.dev/incident": "inc-1",
});
/** A merge patch of the operator's container. */
export const container = (change: Loose): Loose => ({
  spec: {
    template: { spec: { containers: [{ name: "keda-operator", image: "ghcr.io/kedacore/keda:2.13.1", ...change }] } },
  },
});

/** A binding that was never meant to be: whatever RBAC would let an account do, the policies still say no. */
export const tooMuch = (account: string): Loose => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: `too-much-${account}` },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", name: account, namespace: "keda-medic" }],
});

export const bind = (kind: "Role" | "ClusterRole", name: string, group: string, namespace?: string): Loose => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
  metadata: { name: `${name}-of-${group}`, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
});

export const event = (namespace: string): Loose => ({
  apiVersion: "events.k8s.io/v1",
  kind: "Event",
  metadata: { name: "e1", namespace },
  eventTime: "2026-11-24T00:00:00.000000Z",
  reportingController: "kedamedic.dev/keda-medic",
  reportingInstance: "x",
  action: "Look",
  reason: "Found",
  type: "Normal",
  regarding: { kind: "Deployment", apiVersion: "apps/v1", name: "keda-operator", namespace },
});

export const lease = (name: string): Loose => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name },
  spec: { holderIdentity: "me" },
});
