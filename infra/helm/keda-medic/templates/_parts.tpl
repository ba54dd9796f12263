{{- define "keda-medic.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  {{- include "keda-medic.meta" .root | nindent 2 }}
spec:
  policyName: {{ .name }}
  validationActions: [Deny]
{{- end }}

{{- define "keda-medic.subscriber" -}}
ref:
  apiVersion: serving.knative.dev/v1
  kind: Service
  name: keda-medic-{{ .name }}
  namespace: {{ .root.Release.Namespace | quote }}
{{- if .root.Values.knative.oidc.enabled }}
# A Service publishes no audience: without this line Knative sends no token.
audience: {{ .root.Values.knative.oidc.audience | quote }}
{{- end }}
{{- end }}

{{- define "keda-medic.delivery" -}}
retry: {{ .Values.knative.delivery.retry }}
backoffPolicy: {{ .Values.knative.delivery.backoffPolicy }}
backoffDelay: {{ .Values.knative.delivery.backoffDelay }}
timeout: {{ .Values.knative.delivery.timeout }}
{{- with .Values.knative.deadLetterSink }}
deadLetterSink:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "keda-medic.toBroker" -}}
sink:
  ref:
    apiVersion: eventing.knative.dev/v1
    kind: Broker
    namespace: {{ .Release.Namespace | quote }}
    name: {{ .Values.knative.broker.name | quote }}
{{- with .Values.cluster }}
# The source's address is the same in every cluster.
ceOverrides:
  extensions:
    cluster: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "keda-medic.cloudEventSource" -}}
spec:
  {{- with .root.Values.cluster }}
  clusterName: {{ . | quote }}
  {{- end }}
  destination:
    http:
      uri: {{ .uri }}
  eventSubscription:
    includedEventTypes: [keda.scaledobject.failed.v1]
{{- end }}
