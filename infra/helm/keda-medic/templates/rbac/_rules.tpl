{{/* Rules that more than one Role has: our own accounts', and those of people who approve. */}}
{{- define "keda-medic.readClusterRules" -}}
- apiGroups: ["apiregistration.k8s.io"]
  resources: ["apiservices"]
  resourceNames: ["v1beta1.external.metrics.k8s.io"]
  verbs: ["get"]
- apiGroups: ["autoscaling"]
  resources: ["horizontalpodautoscalers"]
  verbs: ["list"]
- apiGroups: ["keda.sh"]
  resources: ["scaledobjects"]
  verbs: ["list"]
{{- end }}

{{- define "keda-medic.readRules" -}}
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["list"]
- apiGroups: [""]
  resources: ["pods/log"]
  verbs: ["get"]
- apiGroups: [""]
  resources: ["services"]
  verbs: ["get"]
- apiGroups: ["apps"]
  resources: ["deployments"]
  verbs: ["list"]
- apiGroups: ["coordination.k8s.io"]
  resources: ["leases"]
  resourceNames: ["operator.keda.sh"]
  verbs: ["get"]
- apiGroups: ["cert-manager.io"]
  resources: ["certificates", "certificaterequests"]
  verbs: ["list"]
{{- end }}

{{- define "keda-medic.writeRules" -}}
- apiGroups: ["apps"]
  resources: ["deployments"]
  resourceNames: [{{ include "keda-medic.operator" . | quote }}, {{ include "keda-medic.metricsApiserver" . | quote }}]
  verbs: ["patch"]
{{- end }}

{{/* `kubectl annotate` begins with a GET. */}}
{{- define "keda-medic.annotateRules" -}}
- apiGroups: ["apps"]
  resources: ["deployments"]
  resourceNames: [{{ include "keda-medic.operator" . | quote }}, {{ include "keda-medic.metricsApiserver" . | quote }}]
  verbs: ["get"]
{{- end }}

{{- define "keda-medic.secretRules" -}}
- apiGroups: [""]
  resources: ["secrets"]
  resourceNames: [{{ .Values.keda.secret | quote }}]
  verbs: ["get"]
{{- end }}

{{- define "keda-medic.portForwardRules" -}}
- apiGroups: [""]
  resources: ["pods/portforward"]
  verbs: ["get", "create"]
{{- end }}
