const common = { "keda.installedWith": "yaml", "rights.unboundRoles": true };

const generated =
  "# Rendered from the Helm chart infra/helm/keda-medic by `npm run render`. Change the chart, not this file.\n";
const before = `${generated}#
# For KEDA in namespace \`keda\` with the names of KEDA's own YAML, and for keda-medic in namespace \`keda-medic\`. For any other
# names use the chart: the names stand in Roles and in admission policies.
`;

/** Generated manifests by path: the templates they are made of, what is set, and what is written above them. */
export const manifests = {
  "infra/kubernetes/rbac.yaml": {
    templates: ["rbac/accounts.yaml", "rbac/common.yaml", "rbac/optional.yaml", "rbac/approver.yaml"],
    values: common,
    head: `${before}#
# Rights of keda-medic, whichever way its processes run.
# KEDA installed with its Helm chart: in Roles keda-medic-write and keda-medic-approver replace
#   keda-metrics-apiserver  by  keda-operator-metrics-apiserver
#
# KEDA that makes its own certificates (no cert-manager): rendering from the chart with keda.certificates=keda is simpler,
# docs/install.md has the command. With these files: bind keda-medic-secret as below, set KEDA_MEDIC_READ_SECRET to "true" in
# every process of ours, and with plain Deployments allow "list" and "watch" on Secret kedaorg-certs in Role keda-medic-watch.
#
# Three Roles in KEDA's namespace are bound to nobody until somebody wants them:
#   keda-medic-secret        Where KEDA makes its own certificates (no cert-manager), the Secret must be read. It holds the private key.
#                            kubectl -n keda create rolebinding keda-medic-secret --role=keda-medic-secret --serviceaccount=keda-medic:keda-medic-respond --serviceaccount=keda-medic:keda-medic-restart
#                            People who approve need it then as well: --user=NAME or --group=NAME.
#   keda-medic-end-pods      With the policy endStalePodsEarly.
#                            kubectl -n keda create rolebinding keda-medic-end-pods --role=keda-medic-end-pods --serviceaccount=keda-medic:keda-medic-restart
#   keda-medic-port-forward  Where Pods cannot be reached at their own address.
#                            kubectl -n keda create rolebinding keda-medic-port-forward --role=keda-medic-port-forward --serviceaccount=keda-medic:keda-medic-respond --serviceaccount=keda-medic:keda-medic-restart
#
# keda-medic-approver is for people who approve, pause and resume: one ClusterRole, and a Role in each of the two namespaces.
`,
  },
  "infra/kubernetes/admission.yaml": {
    templates: ["admission.yaml"],
    values: common,
    head: `${before}#
# Admission policies (Kubernetes >= 1.30). Apply them beside rbac.yaml: without them restart's account could patch any field
# of KEDA's two Deployments.
`,
  },
  "infra/kubernetes/deployment.yaml": {
    templates: ["deployment/rbac.yaml", "deployment/workloads.yaml", "networkpolicy.yaml"],
    values: common,
    head: `${before}#
# Plain Deployments, after crd.yaml, rbac.yaml and admission.yaml. First set the image, and add KEDA_MEDIC_CLUSTER to
# both Deployments. They are for cert-manager: where KEDA makes its own certificates, see the head of rbac.yaml.
`,
  },
  "infra/kubernetes/knative.yaml": {
    templates: ["knative/services.yaml", "knative/eventing.yaml", "sources/apiserver.yaml", "networkpolicy.yaml"],
    values: { ...common, host: "knative" },
    head: `${before}#
# Knative Serving and Eventing, after crd.yaml, rbac.yaml and admission.yaml. First set the image, and add
# KEDA_MEDIC_CLUSTER to all three Services. They are for cert-manager: where KEDA makes its own certificates, see the head of rbac.yaml.
`,
  },
  "infra/event-exporter/configmap.yaml": {
    templates: ["sources/exporter.yaml"],
    values: { ...common, "sources.eventExporter.enabled": true },
    head: generated,
  },
};
