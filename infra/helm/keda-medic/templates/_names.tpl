{{/*
Names do not depend on the release: one KEDA serves external metrics in a cluster, so one keda-medic is enough, and Helm
refuses a second release by the objects that are the cluster's. People bind roles and write alerts by these names.
*/}}
{{- define "keda-medic.labels" -}}
app.kubernetes.io/name: keda-medic
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: keda-medic
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What every object's metadata shares: labels and annotations of the values. */}}
{{- define "keda-medic.meta" -}}
labels:
  {{- include "keda-medic.labels" . | nindent 2 }}
{{- with .Values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Deployment names in KEDA's namespace: by who installed KEDA, unless named. */}}
{{- define "keda-medic.operator" -}}
{{- .Values.keda.operator | default "keda-operator" -}}
{{- end }}
{{- define "keda-medic.metricsApiserver" -}}
{{- .Values.keda.metricsApiserver | default (ternary "keda-operator-metrics-apiserver" "keda-metrics-apiserver" (eq .Values.keda.installedWith "helm")) -}}
{{- end }}

{{/* "true" where KEDA's Secret itself is read: always where no cert-manager issues it. */}}
{{- define "keda-medic.readSecret" -}}
{{- if eq (toString .Values.rights.secret) "auto" -}}
{{- ne .Values.keda.certificates "certManager" -}}
{{- else -}}
{{- .Values.rights.secret -}}
{{- end -}}
{{- end }}

{{- define "keda-medic.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "keda-medic.subject" -}}
- kind: ServiceAccount
  name: keda-medic-{{ .name }}
  namespace: {{ .root.Release.Namespace | quote }}
{{- end }}

{{/* A RoleBinding or ClusterRoleBinding of ours: (dict "root" $ "kind" "Role" "name" "read" "namespace" "keda" "accounts" (list "respond")) */}}
{{- define "keda-medic.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: keda-medic-{{ .name }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  {{- include "keda-medic.meta" .root | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: keda-medic-{{ .name }}
subjects:
  {{- range .accounts }}
  {{- include "keda-medic.subject" (dict "root" $.root "name" .) | nindent 2 }}
  {{- end }}
{{- end }}

{{/* Head of a Role or ClusterRole of ours. */}}
{{- define "keda-medic.role" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: keda-medic-{{ .name }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  {{- include "keda-medic.meta" .root | nindent 2 }}
{{- end }}
