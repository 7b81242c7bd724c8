{{- /* When the migration runs, for its Job and its NetworkPolicy. The bundled database starts with the release, so it is migrated
       afterwards; until then the operator keeps the history in memory. */}}
{{- define "ifcjob.migrationHook" -}}
helm.sh/hook: {{ ternary "post-install,post-upgrade" "pre-install,pre-upgrade" .Values.bundled.postgresql.enabled }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
