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
{{- with include "ifcjob.objectStore.endpoint" . -}}
{{- $_ := set $settings "IFCJOB_API_S3_ENDPOINT" . -}}
{{- $_ := set $settings "IFCJOB_API_S3_PUBLIC_ENDPOINT" $.Values.objectStore.publicEndpoint -}}
{{- $_ := set $settings "IFCJOB_API_S3_REGION" $.Values.objectStore.region -}}
{{- $_ := set $settings "IFCJOB_API_S3_ACCESS_KEY_FILE" (printf "%s/object-store/access-key" $files) -}}
{{- $_ := set $settings "IFCJOB_API_S3_SECRET_KEY_FILE" (printf "%s/object-store/secret-key" $files) -}}
{{- if and $.Values.objectStore.endpoint $.Values.objectStore.existingSecret.sessionTokenKey -}}
{{- $_ := set $settings "IFCJOB_API_S3_SESSION_TOKEN_FILE" (printf "%s/object-store/session-token" $files) -}}
{{- end -}}
{{- end -}}
{{- if .Values.objectStore.ca.configMap -}}
{{- $_ := set $settings "IFCJOB_API_S3_CA_FILE" (printf "%s/ca/ca.crt" $files) -}}
{{- end -}}
{{- $database := include "ifcjob.databaseSettings" (dict "root" . "prefix" "IFCJOB_API_") | fromJson -}}
{{- include "ifcjob.env" (merge (dict) .Values.api.settings $database $settings (include "ifcjob.proxy" . | fromJson)) }}
{{- end }}
