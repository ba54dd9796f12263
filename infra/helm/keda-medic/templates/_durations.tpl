{{/* [least, most] of every duration, as the program takes it (src/edge/config/): test/infra/durations.test.ts compares the two. */}}
{{- define "keda-medic.durations" -}}
sweep: [10s, 1h]
incidentTtl: [1h, 3650d]
policy.waitDeadline: [1m, 1d]
policy.reloadDeadline: [1m, 1d]
policy.propagation: [10s, 1h]
policy.operatorSettle: [10s, 1h]
policy.hopASettle: [10s, 1h]
policy.symptomFresh: [150s, 1h]
policy.stuckAfter: [3m, 1d]
policy.stuckCoolDown: [1h, 30d]
policy.coolDown: [1m, 1d]
policy.stormWindow: [1m, 1d]
policy.verifyFor: [4m, 1h]
policy.verifyTwice: [1s, 2m]
policy.clockSkew: [0s, 1m]
policy.approvalValid: [1m, 1d]
policy.effectRetry: [5s, 1h]
policy.coalesce: [1s, 5m]
{{- end }}

{{/* The program's defaults of what must be shorter than waitDeadline, and of waitDeadline itself. */}}
{{- define "keda-medic.waits" -}}
waitDeadline: 10m
propagation: 90s
operatorSettle: 90s
hopASettle: 2m
{{- end }}

{{/* 1h30m as milliseconds. */}}
{{- define "keda-medic.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 }}
{{- $sum := 0 }}
{{- range regexFindAll "[0-9]+(ms|s|m|h|d)" . -1 }}
{{- $unit := regexFind "[a-z]+$" . }}
{{- $sum = add $sum (mul (trimSuffix $unit . | atoi) (get $units $unit)) }}
{{- end }}
{{- $sum }}
{{- end }}
