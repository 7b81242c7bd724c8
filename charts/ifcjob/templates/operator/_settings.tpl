{{- /* The operator's environment, for its Deployment and the installation check. */}}
{{- define "ifcjob.operator.env" -}}
{{- $files := "/etc/ifcjob" -}}
{{- $settings := dict
      "IFCJOB_NAMESPACES" (join "," .Values.watchNamespaces)
      "IFCJOB_RUNNER_IMAGE" (include "ifcjob.image" (dict "root" . "image" .Values.runner.image))
      "IFCJOB_RUNNER_PULL_POLICY" .Values.runner.image.pullPolicy
      "IFCJOB_RUNNER_SERVICE_ACCOUNT" (include "ifcjob.runner.serviceAccountName" .)
      "IFCJOB_RUNNER_DEFAULTS" (ternary (toJson .Values.runner.defaults) "" (gt (len .Values.runner.defaults) 0))
      "IFCJOB_RUNNER_POD" (include "ifcjob.runner.pod" .)
      "IFCJOB_RUNNER_CONTAINER" (include "ifcjob.runner.container" .)
      "IFCJOB_MAX_MEMORY" .Values.runner.maxMemory
      "IFCJOB_QUEUES_FILE" (printf "%s/queues/queues.json" $files)
      "IFCJOB_PROGRESS_URL" (printf "http://%s-operator.%s.svc:8080" (include "ifcjob.fullname" .) .Release.Namespace)
      "IFCJOB_PROGRESS_KEY_FILE" (printf "%s/tokens/progress-key" $files)
      "IFCJOB_QUEUE_TOKEN_FILE" (printf "%s/tokens/queue-token" $files)
      "IFCJOB_LEASE_NAMESPACE" .Release.Namespace
      "IFCJOB_LEASE_NAME" (printf "%s-operator" (include "ifcjob.fullname" .))
      "IFCJOB_SHARDS" (ternary .Values.operator.shards "" (gt (int .Values.operator.shards) 1))
-}}
{{- $settings = merge $settings (include "ifcjob.objectStore.settings" (dict "root" . "prefix" "IFCJOB") | fromJson) -}}
{{- if include "ifcjob.objectStore.endpoint" . -}}
{{- $_ := set $settings "IFCJOB_S3_POD_ENDPOINT" .Values.objectStore.podEndpoint -}}
{{- $_ := set $settings "IFCJOB_OUTPUT_BUCKET" .Values.objectStore.outputBucket -}}
{{- end -}}
{{- if .Values.objectStores -}}
{{- $_ := set $settings "IFCJOB_OBJECT_STORES_FILE" (printf "%s/object-stores/stores.json" $files) -}}
{{- end -}}
{{- if include "ifcjob.networkPolicy.isApplied" . -}}
{{- $_ := set $settings "IFCJOB_RUNNER_NETWORK_POLICY_FILE" (printf "%s/network-policy/policy.json" $files) -}}
{{- end -}}
{{- $database := include "ifcjob.databaseSettings" (dict "root" . "prefix" "IFCJOB_") | fromJson -}}
{{- include "ifcjob.env" (merge (dict) .Values.operator.settings $database $settings (include "ifcjob.proxy" . | fromJson)) }}
- name: IFCJOB_POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
{{- end }}

{{- define "ifcjob.operator.volumeMounts" -}}
- {name: settings, mountPath: /etc/ifcjob, readOnly: true}
{{- end }}

{{- /* Secrets and files below /etc/ifcjob. The kubelet updates them, and the operator rereads them. */}}
{{- define "ifcjob.operator.volumes" -}}
- name: settings
  projected:
    defaultMode: 0440
    sources:
      - configMap:
          name: {{ include "ifcjob.fullname" . }}-queues
          items: [{key: queues.json, path: queues/queues.json}]
      {{- if include "ifcjob.networkPolicy.isApplied" . }}
      - configMap:
          name: {{ include "ifcjob.fullname" . }}-runner-policy
          items: [{key: policy.json, path: network-policy/policy.json}]
      {{- end }}
      - secret:
          name: {{ include "ifcjob.tokens.secretName" . }}
          items:
            - {key: progress-key, path: tokens/progress-key}
            - {key: queue-token, path: tokens/queue-token}
      {{- include "ifcjob.storeFiles" . | trim | nindent 6 }}
      {{- with include "ifcjob.otherStores.files" . | trim }}{{ . | nindent 6 }}{{ end }}
{{- end }}
