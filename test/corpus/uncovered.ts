/** What fails in the field, has no code of its own, and why: no answer of ours is wrong there, only less exact. */
export const uncovered: readonly { readonly cause: string; readonly answer: string; readonly why: string }[] = [
  {
    cause: "Which CA the kube-apiserver's front-proxy certificate is of (keda#7308)",
    answer: "HopAFailing, which names the front proxy among what to look at",
    why: "Lines of authentication.go are not gathered, and the kube-apiserver's client certificate cannot be probed.",
  },
  {
    cause: "A service mesh on hop B (`first record does not look like a TLS handshake`)",
    answer: "TextContradicts: told to a person",
    why: "No recording of KEDA behind a mesh; a sidecar is not gathered from the Pods.",
  },
  {
    cause: "Names of both writers that fight over the Secret",
    answer: "StormBrake, with the writers of managedFields where they are two",
    why: "Writers of one name (two GitOps tools with one field manager) cannot be told apart.",
  },
  {
    cause: "KEDA's admission webhook refuses (keda#5185)",
    answer: "none: HPAs do not fail by it",
    why: "It is no cause of a failing external metric.",
  },
  {
    cause: "An HTTP proxy between kube-apiserver and metrics-apiserver, a firewall of the control plane (keda#1315)",
    answer: "ApiServiceUnavailable or HopAFailing",
    why: "Nothing on that way can be looked at from inside the cluster.",
  },
  {
    cause: "A scaler that takes longer than the request's limit",
    answer: "HopBSilent, then HopBUnexplained or GrpcStuck: told to a person",
    why: "The HPA's words are those of a stuck connection, and no log of either side names the source.",
  },
];
