{{- /* JSON: the further object stores, as the operator reads them. */}}
{{- define "ifcjob.otherStores" -}}
{{- $stores := list -}}
{{- range $store := .Values.objectStores -}}
{{- $folder := printf "/etc/ifcjob/object-stores/%s" $store.name -}}
{{- $credentials := default "keys" $store.credentials -}}
{{- range $block, $kind := dict "existingSecret" "keys" "webIdentity" "webIdentity" "role" "role" -}}
{{- if and (hasKey $store $block) (ne $kind $credentials) -}}
{{- fail (printf "objectStores: %s has credentials: %s, which do not use %s; remove it" $store.name $credentials $block) -}}
{{- end -}}
{{- end -}}
{{- $entry := pick $store "name" "endpoint" "podEndpoint" "region" "credentials" "namespaces" "buckets" -}}
{{- if eq $credentials "keys" -}}
{{- $secret := default dict $store.existingSecret -}}
{{- $_ := required (printf "objectStores: set existingSecret.name of %s, the Secret with its keys" $store.name) $secret.name -}}
{{- $_ := set $entry "accessKeyFile" (printf "%s/access-key" $folder) -}}
{{- $_ := set $entry "secretKeyFile" (printf "%s/secret-key" $folder) -}}
{{- if $secret.sessionTokenKey -}}
{{- $_ := set $entry "sessionTokenFile" (printf "%s/session-token" $folder) -}}
{{- end -}}
{{- else if eq $credentials "webIdentity" -}}
{{- $identity := default dict $store.webIdentity -}}
{{- $_ := set $entry "stsEndpoint" (required (printf "objectStores: set webIdentity.stsEndpoint of %s" $store.name) $identity.stsEndpoint) -}}
{{- $_ := set $entry "tokenFile" (printf "%s/token" $folder) -}}
{{- with $identity.roleArn }}{{ $_ := set $entry "roleArn" . }}{{ end -}}
{{- with $identity.sessionSeconds }}{{ $_ := set $entry "sessionSeconds" (int .) }}{{ end -}}
{{- else -}}
{{- with (default dict $store.role).endpoint }}{{ $_ := set $entry "roleEndpoint" . }}{{ end -}}
{{- end -}}
{{- range $name := list "podEndpoint" "region" -}}
{{- if not (get $entry $name) }}{{ $entry = omit $entry $name }}{{ end -}}
{{- end -}}
{{- $stores = append $stores $entry -}}
{{- end -}}
{{- $names := list -}}
{{- range $stores -}}
{{- if has .name $names -}}
{{- fail (printf "objectStores: two stores have the name %s; rename one" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- toJson $stores -}}
{{- end }}

{{- /* The sources of a projected volume: the list, and the credentials of each store. */}}
{{- define "ifcjob.otherStores.files" -}}
{{- if .Values.objectStores }}
- configMap:
    name: {{ include "ifcjob.fullname" . }}-object-stores
    items: [{key: stores.json, path: object-stores/stores.json}]
{{- range $store := .Values.objectStores }}
{{- $credentials := default "keys" $store.credentials }}
{{- if eq $credentials "keys" }}
{{- $secret := default dict $store.existingSecret }}
- secret:
    name: {{ $secret.name }}
    items:
      - {key: {{ default "access-key" $secret.accessKeyKey }}, path: object-stores/{{ $store.name }}/access-key}
      - {key: {{ default "secret-key" $secret.secretKeyKey }}, path: object-stores/{{ $store.name }}/secret-key}
      {{- with $secret.sessionTokenKey }}
      - {key: {{ . }}, path: object-stores/{{ $store.name }}/session-token}
      {{- end }}
{{- else if eq $credentials "webIdentity" }}
- serviceAccountToken:
    audience: {{ default "sts.amazonaws.com" (default dict $store.webIdentity).audience }}
    expirationSeconds: 3600
    path: object-stores/{{ $store.name }}/token
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Whether a store, the first or another, gives sessions instead of keys: URLs of pods then need a renewal. */}}
{{- define "ifcjob.objectStores.haveSessions" -}}
{{- $credentials := list (default (include "ifcjob.objectStore.credentials" .) .Values.operator.settings.IFCJOB_S3_CREDENTIALS) -}}
{{- range .Values.objectStores }}{{ $credentials = append $credentials (default "keys" .credentials) }}{{ end -}}
{{- if without $credentials "keys" -}}true{{- end -}}
{{- end }}
