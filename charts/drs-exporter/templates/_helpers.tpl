{{/* Names and labels. */}}

{{- define "drs-exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* A pod's name is this and its ordinal; with a hash behind, it must fit into a label of at most 63 characters. */}}
{{- define "drs-exporter.fullname" -}}
{{- $name := include "drs-exporter.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What tells an object of this release; the pods of the test are others. */}}
{{- define "drs-exporter.identity" -}}
app.kubernetes.io/name: {{ include "drs-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "drs-exporter.selector" -}}
{{ include "drs-exporter.identity" . }}
app.kubernetes.io/component: exporter
{{- end -}}

{{/* Labels of an object that is not a pod of the StatefulSet. */}}
{{- define "drs-exporter.labels" -}}
{{ include "drs-exporter.identity" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "drs-exporter.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "drs-exporter.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "drs-exporter.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* "true" where a project of `config` asks the node's metadata service for its credentials. */}}
{{- define "drs-exporter.usesAgency" -}}
{{- range (.Values.config.projects | default list) -}}
{{- if kindIs "map" .credentials -}}{{- if hasKey .credentials "agency" -}}true{{- end -}}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The path of the metrics: that of an own --web.telemetry-path, if any. */}}
{{- define "drs-exporter.telemetryPath" -}}
{{- $path := "/metrics" -}}
{{- range .Values.extraArgs -}}
{{- if hasPrefix "--web.telemetry-path=" . -}}{{- $path = trimPrefix "--web.telemetry-path=" . -}}{{- end -}}
{{- end -}}
{{- $path -}}
{{- end -}}
