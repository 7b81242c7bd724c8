{{- /* The label `job` of the operator's metrics: what the PodMonitor writes and the alerts select by. */}}
{{- define "ifcjob.monitoring.job" -}}
{{- default (printf "%s/%s-operator" .Release.Namespace (include "ifcjob.fullname" .)) .Values.monitoring.job -}}
{{- end }}
