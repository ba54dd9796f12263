{{/* Environment of every process. Values that are not set are left to the program's own defaults. */}}
{{- define "keda-medic.env" -}}
- name: KEDA_MEDIC_MODE
  value: {{ .Values.mode }}
- name: KEDA_MEDIC_NAMESPACE
  value: {{ .Release.Namespace }}
- name: KEDA_MEDIC_KEDA_NAMESPACE
  value: {{ .Values.keda.namespace }}
- name: KEDA_MEDIC_READ_SECRET
  value: {{ include "keda-medic.readSecret" . | quote }}
- name: KEDA_MEDIC_INCIDENT_TTL
  value: {{ .Values.incidentTtl }}
- name: KEDA_MEDIC_KUBERNETES_EVENTS
  value: {{ .Values.kubernetesEvents | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
{{- with .Values.cluster }}
- name: KEDA_MEDIC_CLUSTER
  value: {{ . | quote }}
{{- end }}
{{- range $key, $value := .Values.policy }}
- name: KEDA_MEDIC_{{ $key | snakecase | upper }}
  value: {{ $value | quote }}
{{- end }}
{{- with .Values.otlp.endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- with $.Values.otlp.headersSecret.name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $.Values.otlp.headersSecret.key }}
{{- end }}
{{- with $.Values.otlp.resourceAttributes }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ range $i, $key := keys . | sortAlpha }}{{ if $i }},{{ end }}{{ $key }}={{ get $.Values.otlp.resourceAttributes $key | replace "%" "%25" | replace "," "%2C" | replace "=" "%3D" | replace " " "%20" }}{{ end }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* PodSecurity `restricted`, at the container: Knative takes it nowhere else. */}}
{{- define "keda-medic.securityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "keda-medic.podLabels" -}}
app.kubernetes.io/name: keda-medic
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}
