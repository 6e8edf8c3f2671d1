{{/* The configuration file: the values under `config`, and what the chart knows better. */}}
{{- define "outrigger.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- if and .Values.registry (empty $config.images.registry) -}}
{{- $_ := set $config.images "registry" .Values.registry -}}
{{- end -}}
{{- if eq .Values.certificates.source "own" -}}
{{- $name := include "outrigger.configurationName" . -}}
{{- $own := dict "source" "own" "secret" (include "outrigger.certificateSecret" .) "service" (include "outrigger.fullname" .) "configurations" (dict "mutating" (list $name) "validating" (ternary (list $name) (list) .Values.webhook.advise)) -}}
{{- $_ := set $config "certificates" (merge $own ($config.certificates | default dict)) -}}
{{- else -}}
{{- $_ := unset $config "certificates" -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}
