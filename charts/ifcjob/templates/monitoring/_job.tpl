{{- /* The label `job` of the operator's metrics: the PodMonitor sets it, and the alerts select by it. */}}
{{- define "ifcjob.monitoring.job" -}}
{{- default (printf "%s/%s-operator" .Release.Namespace (include "ifcjob.fullname" .)) .Values.monitoring.job -}}
{{- end }}
