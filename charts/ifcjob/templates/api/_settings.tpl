{{- define "ifcjob.api.serviceAccountName" -}}
{{- if .Values.api.serviceAccount.create -}}
{{- default (printf "%s-api" (include "ifcjob.fullname" .)) .Values.api.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.api.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- /* Number of replicas that run at least. */}}
{{- define "ifcjob.api.minReplicas" -}}
{{- ternary .Values.api.autoscaling.minReplicas .Values.api.replicas .Values.api.autoscaling.enabled -}}
{{- end }}

{{- define "ifcjob.api.env" -}}
{{- $files := "/etc/ifcjob" -}}
{{- $auth := .Values.api.auth -}}
{{- $settings := dict
      "IFCJOB_API_NAMESPACES" (join "," .Values.watchNamespaces)
      "IFCJOB_API_AUTH_MODE" $auth.mode
      "IFCJOB_API_OUTPUT_BUCKET" .Values.objectStore.outputBucket
      "IFCJOB_API_UPLOAD_BUCKET" .Values.objectStore.uploadBucket
      "IFCJOB_API_CACHE_FOLDER" "/cache"
-}}
{{- if eq $auth.mode "oidc" -}}
{{- $_ := set $settings "IFCJOB_API_OIDC_ISSUER" (required "api.auth.issuer: set the issuer of the tokens, or auth.mode: kubernetes" $auth.issuer) -}}
{{- $_ := set $settings "IFCJOB_API_OIDC_AUDIENCES" (required "api.auth.audience: set the audience of the tokens" $auth.audience) -}}
{{- if $auth.ca.configMap -}}
{{- $_ := set $settings "IFCJOB_API_OIDC_CA_FILE" (printf "%s/issuer/ca.crt" $files) -}}
{{- end -}}
{{- end -}}
{{- $settings = merge $settings (include "ifcjob.objectStore.settings" (dict "root" . "prefix" "IFCJOB_API") | fromJson) -}}
{{- $_ := set $settings "IFCJOB_API_S3_PUBLIC_ENDPOINT" .Values.objectStore.publicEndpoint -}}
{{- $database := include "ifcjob.databaseSettings" (dict "root" . "prefix" "IFCJOB_API_") | fromJson -}}
{{- include "ifcjob.env" (merge (dict) .Values.api.settings $database $settings (include "ifcjob.proxy" . | fromJson)) }}
{{- end }}
