{{/* Environment of every process. Values that are not set are left to the program's own defaults. */}}
{{- define "keda-medic.env" -}}
- name: KEDA_MEDIC_MODE
  value: {{ .Values.mode | quote }}
- name: KEDA_MEDIC_NAMESPACE
  value: {{ .Release.Namespace | quote }}
- name: KEDA_MEDIC_KEDA_NAMESPACE
  value: {{ .Values.keda.namespace | quote }}
- name: KEDA_MEDIC_READ_SECRET
  value: {{ include "keda-medic.readSecret" . | quote }}
- name: KEDA_MEDIC_INCIDENT_TTL
  value: {{ .Values.incidentTtl | quote }}
- name: KEDA_MEDIC_KUBERNETES_EVENTS
  value: {{ .Values.kubernetesEvents | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
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
      name: {{ . | quote }}
      key: {{ $.Values.otlp.headersSecret.key | quote }}
{{- end }}
{{- with $.Values.otlp.resourceAttributes }}
- name: OTEL_RESOURCE_ATTRIBUTES
  {{- $pairs := list }}
  {{- range $key := keys . | sortAlpha }}
  {{- $pairs = append $pairs (printf "%s=%s" $key (get $.Values.otlp.resourceAttributes $key | replace "%" "%25" | replace "," "%2C" | replace "=" "%3D" | replace " " "%20")) }}
  {{- end }}
  value: {{ join "," $pairs | quote }}
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
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .name }}
{{- end }}
