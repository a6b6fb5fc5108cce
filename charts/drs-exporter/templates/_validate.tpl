{{/* What the schema cannot say: values that do not go together. Every message tells the value and what would be right. */}}

{{- define "drs-exporter.validate" -}}
{{- $v := .Values -}}
{{- $sources := compact (list (ternary "config" "" (not (empty $v.config))) (ternary "existingConfigMap" "" (not (empty $v.existingConfigMap))) (ternary "existingConfigSecret" "" (not (empty $v.existingConfigSecret)))) -}}
{{- if not $sources -}}
{{- fail "nothing to watch: give the exporter's configuration as `config`, or name one with `existingConfigMap` or `existingConfigSecret`" -}}
{{- end -}}
{{- if gt (len $sources) 1 -}}
{{- fail (printf "%s: only one of these may be given" (join " and " $sources)) -}}
{{- end -}}
{{- if and (eq $v.configReload "restart") (empty $v.config) -}}
{{- fail "configReload: `restart` sees only changes of `config`; with a ConfigMap or Secret of your own, use `watch`" -}}
{{- end -}}
{{- if and $v.credentials.existingSecret $v.credentials.secretFiles -}}
{{- fail "credentials.existingSecret and credentials.secretFiles: only one of these may be given; the first is the better one" -}}
{{- end -}}
{{- if hasKey $v.credentials.secretFiles "drs-exporter.yaml" -}}
{{- fail "credentials.secretFiles: drs-exporter.yaml is the configuration's own name" -}}
{{- end -}}
{{- include "drs-exporter.validateConfig" . -}}
{{- if not $v.web.existingSecret -}}
{{- range $key := list "certificateSecret" "tls" "authentication" -}}
{{- if index $v.web $key -}}
{{- fail (printf "web.%s: needs `web.existingSecret`, the Secret with the web configuration" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $v.serviceMonitor.tlsConfig (not $v.web.tls) -}}
{{- fail "serviceMonitor.tlsConfig: needs `web.tls`; without it the exporter is scraped in plain HTTP" -}}
{{- end -}}
{{- if and $v.serviceMonitor.basicAuth (not $v.web.authentication) -}}
{{- fail "serviceMonitor.basicAuth: needs `web.authentication`; without it nobody is asked for a password" -}}
{{- end -}}
{{- if $v.workloadIdentity.enabled -}}
{{- range $key := list "audience" "refresher" -}}
{{- if not (index $v.workloadIdentity $key) -}}
{{- fail (printf "workloadIdentity.%s: needed with `workloadIdentity.enabled`; see docs/kubernetes.md" $key) -}}
{{- end -}}
{{- end -}}
{{- if not $v.workloadIdentity.refresher.startupProbe -}}
{{- fail "workloadIdentity.refresher.startupProbe: must succeed when the token's file is there; the exporter does not start without the file" -}}
{{- end -}}
{{- end -}}
{{- range $argument := $v.extraArgs -}}
{{- range $flag := list "config.file" "config.watch" "web.config.file" "web.listen-address" "log.level" "log.format" "shard" "total-shards" -}}
{{- if regexMatch (printf "^--%s(=|$)" (replace "." "\\." $flag)) $argument -}}
{{- fail (printf "extraArgs: --%s is set by the chart; there is a value for it in values.yaml" $flag) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A ConfigMap is no place for secrets, and a file that nobody brings would be missed only when the pod starts. */}}
{{- define "drs-exporter.validateConfig" -}}
{{- $v := .Values -}}
{{- $brought := or $v.credentials.existingSecret $v.credentials.secretFiles $v.credentials.extraSecrets -}}
{{- if and $v.config (not $v.config.projects) -}}
{{- fail "config.projects: at least one project is needed; see docs/configuration.md" -}}
{{- end -}}
{{- $secrets := dict "aksk" (list "secret_key" "security_token") "password" (list "password") "token" (list "value") -}}
{{- range $number, $project := ($v.config.projects | default list) -}}
{{- if kindIs "map" $project.credentials -}}
{{- range $kind, $keys := $secrets -}}
{{- $given := index $project.credentials $kind -}}
{{- if kindIs "map" $given -}}
{{- range $key := $keys -}}
{{- if hasKey $given $key -}}
{{- fail (printf "config.projects[%d].credentials.%s.%s: a secret in a ConfigMap; put it into a Secret (`credentials.existingSecret`) and name the file, or use `existingConfigSecret`" $number $kind $key) -}}
{{- end -}}
{{- end -}}
{{- range $key, $path := $given -}}
{{- if and (regexMatch "(^|_)file$" $key) (kindIs "string" $path) (not $brought) -}}
{{- if not (hasPrefix "/" $path) -}}
{{- fail (printf "config.projects[%d].credentials.%s.%s: no Secret brings the file %s; name one with `credentials.existingSecret`" $number $kind $key $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $place := prepend ($v.config.projects | default list) ($v.config | default dict) -}}
{{- if kindIs "map" $place.http -}}
{{- if contains "@" ($place.http.proxy_url | default "" | toString) -}}
{{- fail "config: `http.proxy_url` with a password in a ConfigMap; use `existingConfigSecret`" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
