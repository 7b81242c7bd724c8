{{- define "ifcjob.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "ifcjob.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "ifcjob.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "ifcjob.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- /* Arguments: root, component. */}}
{{- define "ifcjob.selectorLabels" -}}
app.kubernetes.io/name: {{ include "ifcjob.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "ifcjob.labels" -}}
{{ include "ifcjob.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: ifcjob
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Arguments: root, image (repository, tag, digest). */}}
{{- define "ifcjob.image" -}}
{{- $name := printf "%s/%s" .root.Values.image.registry .image.repository -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end }}

{{- define "ifcjob.operator.serviceAccountName" -}}
{{- if .Values.operator.serviceAccount.create -}}
{{- default (printf "%s-operator" (include "ifcjob.fullname" .)) .Values.operator.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.operator.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "ifcjob.runner.serviceAccountName" -}}
{{- if .Values.runner.serviceAccount.create -}}
{{- default (printf "%s-runner" (include "ifcjob.fullname" .)) .Values.runner.serviceAccount.name -}}
{{- else -}}
{{- .Values.runner.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "ifcjob.tokens.secretName" -}}
{{- default (printf "%s-operator" (include "ifcjob.fullname" .)) .Values.operator.tokens.existingSecret -}}
{{- end }}

{{- /* Empty: no history is kept. */}}
{{- define "ifcjob.database.secretName" -}}
{{- if .Values.database.existingSecret.name -}}
{{- .Values.database.existingSecret.name -}}
{{- else if .Values.bundled.postgresql.enabled -}}
{{- default (printf "%s-postgresql" (include "ifcjob.fullname" .)) .Values.bundled.postgresql.existingSecret -}}
{{- end -}}
{{- end }}

{{- /* Empty: no object store is configured. */}}
{{- define "ifcjob.objectStore.endpoint" -}}
{{- if .Values.objectStore.endpoint -}}
{{- .Values.objectStore.endpoint -}}
{{- else if .Values.bundled.objectStore.enabled -}}
{{- printf "http://%s-object-store.%s.svc:9000" (include "ifcjob.fullname" .) .Release.Namespace -}}
{{- end -}}
{{- end }}

{{- /* Where the credentials come from; the bundled server has keys. */}}
{{- define "ifcjob.objectStore.credentials" -}}
{{- ternary .Values.objectStore.credentials "keys" (ne .Values.objectStore.endpoint "") -}}
{{- end }}

{{- /* Empty: the credentials come from elsewhere, or no object store is configured. */}}
{{- define "ifcjob.objectStore.secretName" -}}
{{- if ne (include "ifcjob.objectStore.credentials" .) "keys" -}}
{{- else if .Values.objectStore.endpoint -}}
{{- required "objectStore.existingSecret.name: set the Secret with the keys for objectStore.endpoint" .Values.objectStore.existingSecret.name -}}
{{- else if .Values.bundled.objectStore.enabled -}}
{{- default (printf "%s-object-store" (include "ifcjob.fullname" .)) .Values.bundled.objectStore.existingSecret -}}
{{- end -}}
{{- end }}

{{- /* The default namespace of queues. */}}
{{- define "ifcjob.queueNamespace" -}}
{{- first (append .Values.watchNamespaces .Release.Namespace) -}}
{{- end }}

{{- /* JSON: the queues with their namespaces. */}}
{{- define "ifcjob.queues" -}}
{{- $queues := list -}}
{{- range .Values.queues -}}
{{- $namespace := default (include "ifcjob.queueNamespace" $) .namespace -}}
{{- if and $.Values.watchNamespaces (not (has $namespace $.Values.watchNamespaces)) -}}
{{- fail (printf "queues: %s is in namespace %s, which watchNamespaces does not list" .name $namespace) -}}
{{- end -}}
{{- $queues = append $queues (merge (dict "namespace" $namespace) .) -}}
{{- end -}}
{{- toJson $queues -}}
{{- end }}

{{- /* JSON: the namespaces of the queues. */}}
{{- define "ifcjob.queueNamespaces" -}}
{{- $namespaces := list -}}
{{- range include "ifcjob.queues" . | fromJsonArray -}}
{{- $namespaces = append $namespaces .namespace -}}
{{- end -}}
{{- $namespaces | uniq | toJson -}}
{{- end }}

{{- /* JSON: the namespaces in which the chart expects runners. */}}
{{- define "ifcjob.jobNamespaces" -}}
{{- concat .Values.watchNamespaces (include "ifcjob.queueNamespaces" . | fromJsonArray) | uniq | sortAlpha | toJson -}}
{{- end }}
