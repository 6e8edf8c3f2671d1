{{/* Name of the namespaced objects: the release's, with the chart's in it. */}}
{{- define "outrigger.fullname" -}}
{{- if contains "outrigger" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-outrigger" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* Name of cluster-scoped objects, which another release must not have. */}}
{{- define "outrigger.clusterName" -}}
{{- printf "%s-%s" (include "outrigger.fullname" .) .Release.Namespace -}}
{{- end }}

{{/* Name of both webhook configurations: one for a domain, so that two releases never serve the same one. Dots become
dashes and dashes double, so that two domains never share a name. */}}
{{- define "outrigger.configurationName" -}}
{{- printf "outrigger-injector-%s" (.Values.config.annotationDomain | replace "-" "--" | replace "." "-") -}}
{{- end }}

{{- define "outrigger.selectorLabels" -}}
app.kubernetes.io/name: outrigger
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end }}

{{/* Labels of every object; those of the values never replace the chart's own. */}}
{{- define "outrigger.labels" -}}
{{- $own := include "outrigger.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_")) -}}
{{- toYaml (merge $own .Values.labels) -}}
{{- end }}

{{/* The metadata of an object. Takes context, name, and optionally: annotations, scope "Cluster",
component, unversioned. */}}
{{- define "outrigger.metadata" -}}
{{- $labels := include "outrigger.labels" .context | fromYaml -}}
{{- if .unversioned }}{{ $labels = omit $labels "app.kubernetes.io/version" "helm.sh/chart" }}{{ end -}}
{{- with .component }}{{ $_ := set $labels "app.kubernetes.io/component" . }}{{ end -}}
name: {{ .name }}
{{- if ne .scope "Cluster" }}
namespace: {{ .context.Release.Namespace }}
{{- end }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with merge dict (.annotations | default dict) .context.Values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "outrigger.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "outrigger.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{- define "outrigger.image" -}}
{{- $registry := .Values.image.registry | default .Values.registry -}}
{{- $version := ternary (printf ":%s" (.Values.image.tag | default .Chart.AppVersion)) (printf "@%s" .Values.image.digest) (empty .Values.image.digest) -}}
{{- printf "%s%s%s" (ternary "" (printf "%s/" $registry) (empty $registry)) .Values.image.repository $version -}}
{{- end }}

{{/* Name of the Secret that holds the serving certificate. cert-manager leaves its Secrets behind, so that one has
another name: a release can change from one source to the other. */}}
{{- define "outrigger.certificateSecret" -}}
{{- if eq .Values.certificates.source "provided" -}}
{{- .Values.certificates.provided.secretName -}}
{{- else -}}
{{- printf "%s-%s" (include "outrigger.fullname" .) (ternary "tls" "certificate" (eq .Values.certificates.source "certManager")) -}}
{{- end -}}
{{- end }}

{{/* A duration in Go's form, such as 1m30s, in whole seconds, rounded up. */}}
{{- define "outrigger.seconds" -}}
{{- if not (regexMatch "^\\+?(0|((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+)$" .) -}}
{{- fail (printf "config.server.shutdownDelay: %q is not a duration; write a number with its unit, such as 500ms, 3s or 1m30s" .) -}}
{{- end -}}
{{- $units := dict "ns" 1e-9 "us" 1e-6 "µs" 1e-6 "μs" 1e-6 "ms" 1e-3 "s" 1.0 "m" 60.0 "h" 3600.0 -}}
{{- $total := 0.0 -}}
{{- range regexFindAll "[\\d.]+[a-zµμ]+" . -1 -}}
{{- $unit := regexFind "[a-zµμ]+$" . -}}
{{- $total = addf $total (mulf (trimSuffix $unit . | float64) (get $units $unit)) -}}
{{- end -}}
{{- ceil $total -}}
{{- end }}
