{{- /* The peer for one CIDR, without the clouds' metadata services, which give a pod its node's credentials. The last IPv6 range
       reaches them through NAT64. */}}
{{- define "ifcjob.networkPolicy.block" -}}
{{- $cidr := lower . -}}
{{- $length := splitList "/" $cidr | last | int -}}
{{- $except := list -}}
{{- $refused := printf "networkPolicy: %s contains or may contain the address of a cloud's metadata service; use a narrower range" $cidr -}}
{{- if contains ":" $cidr -}}
{{- if has $cidr (list "::/0" "fc00::/7" "fd00::/8" "fd00::/16") -}}
{{- $except = concat (list "fd00:ec2::/32") (ternary (list "fe80::/10" "64:ff9b::a9fe:0/112") list (eq $cidr "::/0")) -}}
{{- else if or (lt $length 8) (and (hasPrefix "f" $cidr) (lt $length 32)) (regexMatch "^(fd00:0?ec2:|fe[89ab])" $cidr) -}}
{{- fail $refused -}}
{{- end -}}
{{- else -}}
{{- $number := include "ifcjob.networkPolicy.number" $cidr | int64 -}}
{{- range $metadata := list "169.254.0.0/16" "100.100.100.200/32" "168.63.129.16/32" "192.0.0.192/32" -}}
{{- $its := splitList "/" $metadata | last | int -}}
{{- $size := include "ifcjob.networkPolicy.size" (min $length $its) | int64 -}}
{{- if eq (div $number $size) (div (include "ifcjob.networkPolicy.number" $metadata | int64) $size) -}}
{{- if ge $length $its -}}
{{- fail $refused -}}
{{- end -}}
{{- $except = append $except $metadata -}}
{{- end -}}
{{- end -}}
{{- end -}}
- ipBlock:
    cidr: {{ $cidr }}
    {{- with $except }}
    except: {{ toJson . }}
    {{- end }}
{{- end }}

{{- /* An IPv4 address as a number, and the number of addresses in a network. */}}
{{- define "ifcjob.networkPolicy.number" -}}
{{- $number := 0 -}}
{{- range splitList "/" . | first | splitList "." -}}
{{- $number = add (mul $number 256) (int64 .) -}}
{{- end -}}
{{- $number -}}
{{- end }}

{{- define "ifcjob.networkPolicy.size" -}}
{{- $size := 1 -}}
{{- range until (sub 32 . | int) -}}
{{- $size = mul $size 2 -}}
{{- end -}}
{{- $size -}}
{{- end }}

{{- /* One rule. Arguments: destination (cidrs, pods, ports); ports, cidrs: defaults for a destination without them. */}}
{{- define "ifcjob.networkPolicy.to" -}}
{{- $cidrs := .destination.cidrs -}}
{{- if not (or $cidrs .destination.pods) -}}
{{- $cidrs = .cidrs -}}
{{- end -}}
{{- if or $cidrs .destination.pods -}}
- to:
    {{- range $cidrs }}
    {{- include "ifcjob.networkPolicy.block" . | nindent 4 }}
    {{- end }}
    {{- with .destination.pods }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports: {{ include "ifcjob.networkPolicy.ports" (default .ports .destination.ports) }}
{{- end }}
{{- end }}

{{- /* JSON: TCP ports. */}}
{{- define "ifcjob.networkPolicy.ports" -}}
{{- $ports := list -}}
{{- range . -}}
{{- $ports = append $ports (dict "protocol" "TCP" "port" (int .)) -}}
{{- end -}}
{{- toJson $ports -}}
{{- end }}

{{- define "ifcjob.networkPolicy.dns" -}}
{{- $dns := .Values.networkPolicy.dns -}}
{{- if not (or $dns.cidrs $dns.pods) -}}
{{- fail "networkPolicy.dns: set cidrs or pods; a rule without them would allow every address" -}}
{{- end -}}
- to:
    {{- range $dns.cidrs }}
    {{- /* NodeLocal DNSCache uses a link-local address. */}}
    {{- if and (regexMatch "^169[.]254[.][0-9]+[.][0-9]+/32$" .) (not (hasPrefix "169.254.169." .)) }}
    - ipBlock: {cidr: {{ . }}}
    {{- else }}
    {{- include "ifcjob.networkPolicy.block" . | nindent 4 }}
    {{- end }}
    {{- end }}
    {{- with $dns.pods }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports:
    {{- range $dns.ports }}
    - {protocol: UDP, port: {{ . }}}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}

{{- define "ifcjob.networkPolicy.apiServer" -}}
{{- include "ifcjob.networkPolicy.to" (dict "destination" .Values.networkPolicy.apiServer "cidrs" (list "0.0.0.0/0" "::/0")) }}
{{- end }}

{{- /* A peer: the pods of one component of the release. Arguments: root, component. */}}
{{- define "ifcjob.networkPolicy.component" -}}
- namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .root.Release.Namespace }}}}
  podSelector:
    matchLabels: {{- include "ifcjob.selectorLabels" . | nindent 6 }}
{{- end }}

{{- /* A peer: runners, in all namespaces or in the watched ones. */}}
{{- define "ifcjob.networkPolicy.runners" -}}
- namespaceSelector:
    {{- with .Values.watchNamespaces }}
    matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: {{ toJson . }}}]
    {{- else }} {}
    {{- end }}
  podSelector:
    matchLabels: {{- include "ifcjob.networkPolicy.runnerLabels" . | nindent 6 }}
{{- end }}

{{- /* Labels that the operator sets and IfcJobs cannot override. */}}
{{- define "ifcjob.networkPolicy.runnerLabels" -}}
app.kubernetes.io/name: ifcjob-runner
app.kubernetes.io/managed-by: ifcjob-operator
{{- end }}

{{- /* Arguments: root; forPods: use the runners' URL. Values in operator.settings take precedence, as in the operator. */}}
{{- define "ifcjob.networkPolicy.objectStore" -}}
{{- $root := .root -}}
{{- $settings := $root.Values.operator.settings -}}
{{- $endpoint := default $root.Values.objectStore.endpoint $settings.IFCJOB_S3_ENDPOINT -}}
{{- if $endpoint -}}
{{- if .forPods -}}
{{- $endpoint = coalesce $settings.IFCJOB_S3_POD_ENDPOINT $root.Values.objectStore.podEndpoint $endpoint -}}
{{- end -}}
{{- $port := include "ifcjob.networkPolicy.port" $endpoint -}}
{{- include "ifcjob.networkPolicy.to" (dict
      "destination" $root.Values.networkPolicy.objectStore "ports" (list $port) "cidrs" (list "0.0.0.0/0" "::/0")) -}}
{{- else if $root.Values.bundled.objectStore.enabled -}}
- to: {{- include "ifcjob.networkPolicy.component" (dict "root" $root "component" "object-store") | nindent 4 }}
  ports: [{protocol: TCP, port: 9000}]
{{- end -}}
{{- end }}

{{- /* The ports of the further stores. Arguments: root; forPods: use the runners' URLs. */}}
{{- define "ifcjob.networkPolicy.otherStores" -}}
{{- $root := .root -}}
{{- $ports := list -}}
{{- $forPods := .forPods -}}
{{- range $root.Values.objectStores -}}
{{- $endpoint := ternary (default .endpoint .podEndpoint) .endpoint (default false $forPods) -}}
{{- $ports = append $ports (include "ifcjob.networkPolicy.port" $endpoint) -}}
{{- end -}}
{{- if $ports -}}
{{- include "ifcjob.networkPolicy.to" (dict
      "destination" $root.Values.networkPolicy.objectStore "ports" (uniq $ports) "cidrs" (list "0.0.0.0/0" "::/0")) -}}
{{- end -}}
{{- end }}

{{- /* Where programs get sessions of object stores; runners get none. Arguments: root; stores: the further ones. */}}
{{- define "ifcjob.networkPolicy.sessions" -}}
{{- $credentials := list (include "ifcjob.objectStore.credentials" .root) -}}
{{- range .stores }}{{ $credentials = append $credentials (default "keys" .credentials) }}{{ end -}}
{{- if without $credentials "keys" -}}
{{- /* With `role` for IRSA. */}}
{{- include "ifcjob.networkPolicy.to" (dict "destination" .root.Values.networkPolicy.sts "cidrs" (list "0.0.0.0/0" "::/0")) }}
{{- if has "role" $credentials }}
# The metadata services of EC2, ECS and EKS Pod Identity.
- to:
    {{- range list "169.254.169.254/32" "169.254.170.2/32" "169.254.170.23/32" "fd00:ec2::254/128" "fd00:ec2::23/128" }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
  ports: [{protocol: TCP, port: 80}]
{{- end }}
{{- end -}}
{{- end }}

{{- define "ifcjob.networkPolicy.database" -}}
{{- if or .Values.database.existingSecret.name .Values.operator.settings.IFCJOB_DATABASE_URL_FILE -}}
{{- include "ifcjob.networkPolicy.to" (dict "destination" .Values.networkPolicy.database "cidrs" (list "0.0.0.0/0" "::/0")) -}}
{{- else if .Values.bundled.postgresql.enabled -}}
- to: {{- include "ifcjob.networkPolicy.component" (dict "root" . "component" "postgresql") | nindent 4 }}
  ports: [{protocol: TCP, port: 5432}]
{{- end -}}
{{- end }}

{{- /* Public addresses: everything except private and reserved networks. */}}
{{- define "ifcjob.networkPolicy.publicAddresses" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except:
          - 10.0.0.0/8
          - 100.64.0.0/10
          - 127.0.0.0/8
          - 168.63.129.16/32
          - 169.254.0.0/16
          - 172.16.0.0/12
          - 192.0.0.0/24
          - 192.168.0.0/16
          - 198.18.0.0/15
    - ipBlock:
        cidr: ::/0
        except: ["fc00::/7", "fe80::/10", "64:ff9b::a9fe:0/112"]
  ports: {{ include "ifcjob.networkPolicy.ports" . }}
{{- end }}

{{- define "ifcjob.networkPolicy.receivers" -}}
{{- $receivers := .Values.networkPolicy.receivers -}}
{{- if or $receivers.cidrs $receivers.pods -}}
{{- include "ifcjob.networkPolicy.to" (dict "destination" $receivers) -}}
{{- else if .Values.operator.settings.IFCJOB_NOTIFICATION_HOSTS -}}
{{- include "ifcjob.networkPolicy.publicAddresses" $receivers.ports -}}
{{- end -}}
{{- end }}

{{- define "ifcjob.networkPolicy.webServers" -}}
{{- $servers := .Values.networkPolicy.webServers -}}
{{- if or $servers.cidrs $servers.pods -}}
{{- include "ifcjob.networkPolicy.to" (dict "destination" $servers) -}}
{{- else if .Values.operator.settings.IFCJOB_HTTP_HOSTS -}}
{{- include "ifcjob.networkPolicy.publicAddresses" $servers.ports -}}
{{- end -}}
{{- end }}

{{- /* The proxy, at the ports of its URLs. URLs that come from a Secret have no ports here. */}}
{{- define "ifcjob.networkPolicy.proxy" -}}
{{- $ports := list -}}
{{- range list .Values.proxy.httpProxy .Values.proxy.httpsProxy -}}
{{- if . -}}
{{- $ports = append $ports (include "ifcjob.networkPolicy.port" .) -}}
{{- end -}}
{{- end -}}
{{- $proxy := .Values.networkPolicy.proxy -}}
{{- if or $ports $proxy.ports $proxy.cidrs $proxy.pods -}}
{{- if not (or $ports $proxy.ports) -}}
{{- fail "networkPolicy.proxy.ports: set the ports of the proxy; without URLs in proxy they are not known" -}}
{{- end -}}
{{- include "ifcjob.networkPolicy.to" (dict
      "destination" $proxy "ports" (uniq $ports) "cidrs" (list "0.0.0.0/0" "::/0")) -}}
{{- end -}}
{{- end }}

{{- /* The port of a URL. */}}
{{- define "ifcjob.networkPolicy.port" -}}
{{- $url := urlParse . -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end }}
