{{/* What the exporter's pods and the pod of `helm test` have in common. */}}

{{- define "drs-exporter.folder" -}}/etc/drs-exporter{{- end -}}
{{- define "drs-exporter.webFolder" -}}/etc/drs-exporter-web{{- end -}}

{{/*
Configuration and secrets in one folder: relative paths in the configuration start there. Kubernetes replaces what is in
a projected volume when a source changes, which it does not where files are mounted one by one.
*/}}
{{- define "drs-exporter.volumes" -}}
- name: config
  projected:
    defaultMode: 0440
    sources:
      {{- if .Values.existingConfigSecret }}
      - secret:
          name: {{ .Values.existingConfigSecret }}
          items: [{key: {{ .Values.configKey | quote }}, path: drs-exporter.yaml}]
      {{- else if .Values.existingConfigMap }}
      - configMap:
          name: {{ .Values.existingConfigMap }}
          items: [{key: {{ .Values.configKey | quote }}, path: drs-exporter.yaml}]
      {{- else }}
      - configMap:
          name: {{ include "drs-exporter.fullname" . }}
          items: [{key: drs-exporter.yaml, path: drs-exporter.yaml}]
      {{- end }}
      {{- with .Values.credentials.existingSecret }}
      - secret:
          name: {{ . }}
      {{- end }}
      {{- if .Values.credentials.secretFiles }}
      - secret:
          name: {{ include "drs-exporter.fullname" . }}
      {{- end }}
      {{- range .Values.credentials.extraSecrets }}
      - secret:
          {{- toYaml . | nindent 10 }}
      {{- end }}
{{- if .Values.web.existingSecret }}
- name: web
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ .Values.web.existingSecret }}
      {{- with .Values.web.certificateSecret }}
      - secret:
          name: {{ . }}
      {{- end }}
{{- end }}
{{- if .Values.workloadIdentity.enabled }}
- name: service-account-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ .Values.workloadIdentity.audience | quote }}
          expirationSeconds: {{ .Values.workloadIdentity.expirationSeconds }}
- name: cloud-token
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "drs-exporter.volumeMounts" -}}
- name: config
  mountPath: {{ include "drs-exporter.folder" . }}
  readOnly: true
{{- if .Values.web.existingSecret }}
- name: web
  mountPath: {{ include "drs-exporter.webFolder" . }}
  readOnly: true
{{- end }}
{{- if .Values.workloadIdentity.enabled }}
- name: cloud-token
  mountPath: /var/run/drs-exporter
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The user's container that fetches tokens. It starts before the exporter and stays, as a sidecar of Kubernetes. */}}
{{- define "drs-exporter.refresher" -}}
{{- $own := .Values.workloadIdentity.refresher -}}
{{- $mounts := list
    (dict "name" "service-account-token" "mountPath" "/var/run/secrets/workload-identity" "readOnly" true)
    (dict "name" "cloud-token" "mountPath" "/var/run/drs-exporter") -}}
{{- $container := dict "name" "refresher" "restartPolicy" "Always" "securityContext" .Values.securityContext -}}
{{- $container = merge (dict "volumeMounts" (concat $mounts ($own.volumeMounts | default list))) $own $container -}}
{{ toYaml (list $container) }}
{{- end -}}

{{/* What both run with: environment beside that of sharding, and mounts. */}}
{{- define "drs-exporter.podBase" -}}
serviceAccountName: {{ include "drs-exporter.serviceAccountName" . }}
automountServiceAccountToken: false
# Else a Service of this name gives the pod variables such as DRS_EXPORTER_PORT, and the exporter takes those for flags.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A probe's question. Who has to log in cannot be asked by a kubelet, which has no password: it connects. */}}
{{- define "drs-exporter.probe" -}}
{{- if .root.Values.web.authentication -}}
tcpSocket: {port: http}
{{- else -}}
httpGet: {path: {{ .path }}, port: http, scheme: {{ ternary "HTTPS" "HTTP" .root.Values.web.tls }}}
{{- end }}
{{ toYaml .timing }}
{{- end -}}
