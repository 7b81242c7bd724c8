{{- /* A container's environment from a dict; empty values are left out. */}}
{{- define "ifcjob.env" -}}
{{- range $name, $value := . }}
{{- /* Otherwise 1000000 becomes 1e+06. */}}
{{- if and (kindIs "float64" $value) (eq (floor $value) $value) }}{{ $value = int64 $value }}{{ end }}
{{- if ne (toString $value) "" }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- /* JSON: the settings of the object store, the same for operator and API. Arguments: root, prefix. */}}
{{- define "ifcjob.objectStore.settings" -}}
{{- $store := .root.Values.objectStore -}}
{{- $files := "/etc/ifcjob" -}}
{{- $credentials := include "ifcjob.objectStore.credentials" .root -}}
{{- $settings := dict -}}
{{- with include "ifcjob.objectStore.endpoint" .root -}}
{{- $settings = dict "ENDPOINT" . "REGION" $store.region -}}
{{- if eq $credentials "keys" -}}
{{- $_ := set $settings "ACCESS_KEY_FILE" (printf "%s/object-store/access-key" $files) -}}
{{- $_ := set $settings "SECRET_KEY_FILE" (printf "%s/object-store/secret-key" $files) -}}
{{- if and $store.endpoint $store.existingSecret.sessionTokenKey -}}
{{- $_ := set $settings "SESSION_TOKEN_FILE" (printf "%s/object-store/session-token" $files) -}}
{{- end -}}
{{- else -}}
{{- $_ := set $settings "CREDENTIALS" $credentials -}}
{{- end -}}
{{- if eq $credentials "webIdentity" -}}
{{- $_ := set $settings "WEB_IDENTITY_TOKEN_FILE" (printf "%s/object-store/token" $files) -}}
{{- $_ := set $settings "STS_ENDPOINT" (required "objectStore.webIdentity.stsEndpoint: set the STS server" $store.webIdentity.stsEndpoint) -}}
{{- $_ := set $settings "ROLE_ARN" $store.webIdentity.roleArn -}}
{{- $_ := set $settings "SESSION_SECONDS" $store.webIdentity.sessionSeconds -}}
{{- else if eq $credentials "role" -}}
{{- $_ := set $settings "ROLE_ENDPOINT" $store.role.endpoint -}}
{{- end -}}
{{- end -}}
{{- if $store.ca.configMap -}}
{{- $_ := set $settings "CA_FILE" (printf "%s/ca/ca.crt" $files) -}}
{{- end -}}
{{- $prefixed := dict -}}
{{- range $name, $value := $settings -}}
{{- $_ := set $prefixed (printf "%s_S3_%s" $.prefix $name) $value -}}
{{- end -}}
{{- toJson $prefixed -}}
{{- end }}

{{- /* The sources of a projected volume: credentials of the object store and the database, and the private CA. */}}
{{- define "ifcjob.storeFiles" -}}
{{- with include "ifcjob.objectStore.secretName" . }}
{{- $keys := $.Values.objectStore.existingSecret }}
{{- $bundled := not $.Values.objectStore.endpoint }}
- secret:
    name: {{ . }}
    items:
      - {key: {{ ternary "access-key" $keys.accessKeyKey $bundled }}, path: object-store/access-key}
      - {key: {{ ternary "secret-key" $keys.secretKeyKey $bundled }}, path: object-store/secret-key}
      {{- if and $keys.sessionTokenKey (not $bundled) }}
      - {key: {{ $keys.sessionTokenKey }}, path: object-store/session-token}
      {{- end }}
{{- end }}
{{- if eq (include "ifcjob.objectStore.credentials" .) "webIdentity" }}
- serviceAccountToken:
    audience: {{ .Values.objectStore.webIdentity.audience }}
    expirationSeconds: 3600
    path: object-store/token
{{- end }}
{{- include "ifcjob.databaseFiles" . }}
{{- with .Values.objectStore.ca.configMap }}
- configMap:
    name: {{ . }}
    items: [{key: {{ $.Values.objectStore.ca.key }}, path: ca/ca.crt}]
{{- end }}
{{- end }}

{{- /* The sources of a projected volume: the database's URL, and the files for TLS. */}}
{{- define "ifcjob.databaseFiles" -}}
{{- $database := .Values.database -}}
{{- with include "ifcjob.database.secretName" . }}
- secret:
    name: {{ . }}
    items: [{key: {{ ternary "url" $database.existingSecret.key $.Values.bundled.postgresql.enabled }}, path: database/url}]
{{- end }}
{{- with $database.ca }}
{{- if or .secret .configMap }}
- {{ ternary "secret" "configMap" (ne .secret "") }}:
    name: {{ default .configMap .secret }}
    items: [{key: {{ .key }}, path: database/ca.crt}]
{{- end }}
{{- end }}
{{- with $database.clientCertificate }}
{{- if .secret }}
- secret:
    name: {{ .secret }}
    items:
      - {key: {{ .certificateKey }}, path: database/tls.crt}
      - {key: {{ .keyKey }}, path: database/tls.key}
{{- end }}
{{- end }}
{{- end }}

{{- /* JSON: the settings that name these files. Arguments: root, prefix. */}}
{{- define "ifcjob.databaseSettings" -}}
{{- $database := .root.Values.database -}}
{{- $hasAuthority := or $database.ca.secret $database.ca.configMap -}}
{{- if and $database.ca.secret $database.ca.configMap -}}
{{- fail "database.ca: set either secret or configMap" -}}
{{- end -}}
{{- if and $database.clientCertificate.secret (not $hasAuthority) -}}
{{- fail "database.clientCertificate: set database.ca too, so that the certificate is shown to the right database only" -}}
{{- end -}}
{{- if and $hasAuthority (not $database.existingSecret.name) -}}
{{- fail "database.ca: set database.existingSecret.name, the Secret with the URL; the bundled database has no TLS" -}}
{{- end -}}
{{- $files := dict -}}
{{- if include "ifcjob.database.secretName" .root -}}{{- $_ := set $files "URL" "url" -}}{{- end -}}
{{- if $hasAuthority -}}{{- $_ := set $files "CA" "ca.crt" -}}{{- end -}}
{{- if $database.clientCertificate.secret -}}
{{- $files = merge $files (dict "CERTIFICATE" "tls.crt" "KEY" "tls.key") -}}
{{- end -}}
{{- $settings := dict -}}
{{- range $name, $file := $files -}}
{{- $_ := set $settings (printf "%sDATABASE_%s_FILE" $.prefix $name) (printf "/etc/ifcjob/database/%s" $file) -}}
{{- end -}}
{{- toJson $settings -}}
{{- end }}

{{- /* JSON: the variables of the proxy. */}}
{{- define "ifcjob.proxy" -}}
{{- $variables := dict -}}
{{- with .Values.proxy -}}
{{- if or .httpProxy .httpsProxy -}}
{{- with .httpProxy -}}{{- $_ := set $variables "HTTP_PROXY" . -}}{{- end -}}
{{- with .httpsProxy -}}{{- $_ := set $variables "HTTPS_PROXY" . -}}{{- end -}}
{{- with .noProxy -}}{{- $_ := set $variables "NO_PROXY" (join "," .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $variables -}}
{{- end }}
