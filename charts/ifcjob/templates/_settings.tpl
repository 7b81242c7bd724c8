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
{{- with include "ifcjob.database.secretName" . }}
- secret:
    name: {{ . }}
    items: [{key: {{ ternary "url" $.Values.database.existingSecret.key $.Values.bundled.postgresql.enabled }}, path: database/url}]
{{- end }}
{{- with .Values.objectStore.ca.configMap }}
- configMap:
    name: {{ . }}
    items: [{key: {{ $.Values.objectStore.ca.key }}, path: ca/ca.crt}]
{{- end }}
{{- end }}
