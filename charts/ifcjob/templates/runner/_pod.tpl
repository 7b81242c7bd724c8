{{- /* JSON: fields of the runner pods' spec. */}}
{{- define "ifcjob.runner.pod" -}}
{{- $pod := dict -}}
{{- with include "ifcjob.withoutNulls" .Values.runner.podSecurityContext | fromYaml -}}{{- $_ := set $pod "securityContext" . -}}{{- end -}}
{{- with .Values.runner.hostAliases -}}{{- $_ := set $pod "hostAliases" . -}}{{- end -}}
{{- with .Values.runner.dnsConfig -}}{{- $_ := set $pod "dnsConfig" . -}}{{- end -}}
{{- with .Values.runner.extraVolumes -}}{{- $_ := set $pod "volumes" . -}}{{- end -}}
{{- with .Values.runner.initContainers -}}{{- $_ := set $pod "initContainers" . -}}{{- end -}}
{{- with .Values.runner.extraContainers -}}{{- $_ := set $pod "containers" . -}}{{- end -}}
{{- toJson $pod -}}
{{- end }}

{{- /* JSON: fields of the runner's container. */}}
{{- define "ifcjob.runner.container" -}}
{{- $container := dict -}}
{{- with include "ifcjob.withoutNulls" .Values.runner.securityContext | fromYaml -}}{{- $_ := set $container "securityContext" . -}}{{- end -}}
{{- $env := .Values.runner.extraEnv -}}
{{- range $name, $value := include "ifcjob.proxy" . | fromJson -}}
{{- $env = append $env (dict "name" $name "value" $value) -}}
{{- end -}}
{{- with $env -}}{{- $_ := set $container "env" . -}}{{- end -}}
{{- with .Values.runner.extraEnvFrom -}}{{- $_ := set $container "envFrom" . -}}{{- end -}}
{{- with .Values.runner.extraVolumeMounts -}}{{- $_ := set $container "volumeMounts" . -}}{{- end -}}
{{- toJson $container -}}
{{- end }}
