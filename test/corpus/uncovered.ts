/** What fails in the field, has no code of its own, and why: no answer of ours is wrong there, only less exact. */
export const uncovered: readonly { readonly cause: string; readonly answer: string; readonly why: string }[] = [
  {
    cause:
      "Why the front proxy's certificate is not accepted: kube-apiserver's certificate, or the published CA (keda#7308)",
    answer: "FrontProxyDistrusted, with the log's own words (serial number and AKID of what was refused)",
    why: "Comparing the AKID with ConfigMap kube-system/extension-apiserver-authentication needs a right in kube-system, and changes nothing about what we do: no restart of KEDA helps either way.",
  },
  {
    cause: "A service mesh whose proxy shows a certificate of another CA (`unknown authority` without a hint)",
    answer: "ProbeUnreachable or TextContradicts: told to a person",
    why: "The words are those of a stale pair; only what gives the mesh away (no TLS, a cut, its own names) is called HopBMeshed.",
  },
  {
    cause:
      "OpenShift's service-ca as a second writer, for a Service that neither side of KEDA uses, and the Secret is not read",
    answer: "StormBrake, by its writes alone",
    why: "Only the Services of the two components are looked at, and only the Secret's own annotation names another.",
  },
  {
    cause: "Names of both writers that fight over the Secret",
    answer: "StormBrake, with the writers of managedFields where they are two",
    why: "Writers of one name (two GitOps tools with one field manager) cannot be told apart.",
  },
  {
    cause: "A metrics-apiserver with the Secret mounted by subPath serves an older pair on hop A",
    answer: "ApiServiceCaBundleStale, and the sentence says that a person may restart it by hand",
    why: "A restart would help; keda-medic restarts nothing for a fault of hop A.",
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
