{{- /*
JSON: the rules, each with the name and the namespaceSelector of its policy.

The policies contain the lists, instead of ConfigMaps as parameters: after the last binding with a ConfigMap is deleted,
an API server finds no ConfigMap until it restarts (https://github.com/kubernetes/kubernetes/issues/133827).
*/}}
{{- define "ifcjob.admission.rules" -}}
{{- $named := list -}}
{{- $names := list -}}
{{- $rules := .Values.admissionPolicy.rules -}}
{{- range $rules -}}
{{- $named = concat $named (default list .namespaces) -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- if ne (len $named) (len (uniq $named)) -}}
{{- fail "admissionPolicy.rules: a namespace is in two rules; keep it in one" -}}
{{- end -}}
{{- if ne (len $names) (len (uniq $names)) -}}
{{- fail "admissionPolicy.rules: two rules have the same name; rename one" -}}
{{- end -}}
{{- /* Namespaces without a rule are denied everything, unless one rule has no namespaces: it applies to all others. */ -}}
{{- $others := 0 -}}
{{- range $rules -}}
{{- $others = ternary $others (add1 $others) (gt (len (default list .namespaces)) 0) -}}
{{- end -}}
{{- if gt (int $others) 1 -}}
{{- fail "admissionPolicy.rules: two rules have no namespaces; only one can apply to all others" -}}
{{- end -}}
{{- $result := list -}}
{{- range $rule := ternary (append $rules (dict "name" "others")) $rules (eq (int $others) 0) -}}
{{- $operator := ternary "In" "NotIn" (gt (len (default list $rule.namespaces)) 0) -}}
{{- $values := default $named $rule.namespaces -}}
{{- $expression := dict "key" "kubernetes.io/metadata.name" "operator" $operator "values" $values -}}
{{- $selector := ternary (dict "matchExpressions" (list $expression)) dict (gt (len $values) 0) -}}
{{- $policy := printf "%s-places-%s" (include "ifcjob.fullname" $) $rule.name -}}
{{- $result = append $result (merge (dict "policy" $policy "selector" $selector) $rule) -}}
{{- end -}}
{{- toJson $result -}}
{{- end }}
