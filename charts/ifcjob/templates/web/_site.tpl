{{- /* The parts of nginx.conf that differ between installations. */}}
{{- define "ifcjob.web.site" -}}
{{- $store := default .Values.objectStore.publicEndpoint .Values.api.settings.IFCJOB_API_S3_PUBLIC_ENDPOINT -}}
http.conf: |
  upstream api {
    server {{ include "ifcjob.fullname" . }}-api.{{ .Release.Namespace }}.svc:{{ .Values.api.service.port }};
    keepalive 16;
  }
  map "" $store_origin {
    default {{ ternary (printf " %s" $store) "" (ne $store "") | quote }};
  }
listen.conf: |
  listen 8080;
  {{- if .Values.web.ipv6 }}
  listen [::]:8080;
  {{- end }}
{{- end }}
