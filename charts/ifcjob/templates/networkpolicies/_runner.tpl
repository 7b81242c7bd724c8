{{- /* JSON: the namespaces in which the chart creates the runners' policy. */}}
{{- define "ifcjob.networkPolicy.runnerNamespaces" -}}
{{- concat (include "ifcjob.jobNamespaces" . | fromJsonArray) .Values.networkPolicy.runnerNamespaces | uniq | toJson -}}
{{- end }}

{{- /* Whether the operator applies the runners' policy. */}}
{{- define "ifcjob.networkPolicy.isApplied" -}}
{{- if and .Values.networkPolicy.enabled .Values.networkPolicy.applyBeforeJobs -}}true{{- end -}}
{{- end }}

{{- /* The name of the policy that the operator applies. The chart's own has another one: Helm takes over no object that exists. */}}
{{- define "ifcjob.networkPolicy.appliedName" -}}
{{- printf "%s-runner-applied" (include "ifcjob.fullname" .) -}}
{{- end }}

{{- define "ifcjob.networkPolicy.runnerSpec" -}}
podSelector:
  matchLabels: {{- include "ifcjob.networkPolicy.runnerLabels" . | nindent 4 }}
policyTypes: [Ingress, Egress]
ingress: []
egress:
  {{- include "ifcjob.networkPolicy.dns" . | nindent 2 }}
  - to: {{- include "ifcjob.networkPolicy.component" (dict "root" . "component" "operator") | nindent 6 }}
    ports: [{protocol: TCP, port: 8080}]
  {{- with include "ifcjob.networkPolicy.objectStore" (dict "root" . "forPods" true) }}{{ . | nindent 2 }}{{ end }}
  {{- with include "ifcjob.networkPolicy.otherStores" (dict "root" . "forPods" true) }}{{ . | nindent 2 }}{{ end }}
  {{- with include "ifcjob.networkPolicy.proxy" . }}{{ . | nindent 2 }}{{ end }}
  {{- with include "ifcjob.networkPolicy.webServers" . }}{{ . | nindent 2 }}{{ end }}
{{- end }}
