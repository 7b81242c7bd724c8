{{- /*
The spec of a component's pod: what the component needs, and what the values add.
Arguments: root; values: those of the component; pod: YAML, whose first container is the component's own.
*/}}
{{- define "ifcjob.pod" -}}
{{- $values := .values -}}
{{- $pod := fromYaml .pod -}}
{{- with $pod.Error -}}
{{- fail . -}}
{{- end -}}
{{- with .root.Values.image.pullSecrets -}}
{{- $secrets := list -}}
{{- range . -}}{{- $secrets = append $secrets (dict "name" .) -}}{{- end -}}
{{- $_ := set $pod "imagePullSecrets" $secrets -}}
{{- end -}}
{{- range $name := list "affinity" "dnsConfig" "hostAliases" "nodeSelector" "priorityClassName" "terminationGracePeriodSeconds" -}}
{{- with get $values $name -}}{{- $_ := set $pod $name . -}}{{- end -}}
{{- end -}}
{{- with $values.topologySpreadConstraints -}}{{- $_ := set $pod "topologySpreadConstraints" . -}}{{- end -}}
{{- range $name, $added := dict
      "containers" $values.extraContainers
      "initContainers" $values.initContainers
      "tolerations" $values.tolerations
      "volumes" $values.extraVolumes -}}
{{- with concat (default list (get $pod $name)) (default list $added) -}}{{- $_ := set $pod $name . -}}{{- end -}}
{{- end -}}
{{- with include "ifcjob.withoutNulls" $values.podSecurityContext | fromYaml -}}{{- $_ := set $pod "securityContext" . -}}{{- end -}}
{{- include "ifcjob.pod.container" (dict "values" $values "container" (first $pod.containers)) -}}
{{- toYaml $pod -}}
{{- end }}

{{- /* Changes the component's container. Arguments: values, container. */}}
{{- define "ifcjob.pod.container" -}}
{{- $values := .values -}}
{{- $container := .container -}}
{{- range $variable := $values.extraEnv -}}
{{- range $container.env -}}
{{- if eq .name $variable.name -}}
{{- fail (printf "extraEnv: the chart sets %s of the container %s; change its value, or the component's settings" .name $container.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $added := dict "env" $values.extraEnv "envFrom" $values.extraEnvFrom "volumeMounts" $values.extraVolumeMounts -}}
{{- with concat (default list (get $container $name)) (default list $added) -}}{{- $_ := set $container $name . -}}{{- end -}}
{{- end -}}
{{- with include "ifcjob.withoutNulls" $values.securityContext | fromYaml -}}{{- $_ := set $container "securityContext" . -}}{{- end -}}
{{- with $values.resources -}}{{- $_ := set $container "resources" . -}}{{- end -}}
{{- /* The chart has the request of a probe, the values have its times; null: no probe. */}}
{{- range $name := list "livenessProbe" "readinessProbe" "startupProbe" -}}
{{- if and (hasKey $container $name) (hasKey $values $name) -}}
{{- $times := include "ifcjob.withoutNulls" (get $values $name) | fromYaml -}}
{{- $_ := set $container $name (merge (get $container $name) $times) -}}
{{- else -}}
{{- $_ := unset $container $name -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* YAML: a map without the names whose value is null. */}}
{{- define "ifcjob.withoutNulls" -}}
{{- $given := dict -}}
{{- range $name, $value := . -}}
{{- if not (kindIs "invalid" $value) -}}{{- $_ := set $given $name $value -}}{{- end -}}
{{- end -}}
{{- toYaml $given -}}
{{- end }}

{{- /* Spreads the pods of a component over nodes where possible. Arguments: root, component. */}}
{{- define "ifcjob.spread" -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "ifcjob.selectorLabels" . | nindent 6 }}
{{- end }}
