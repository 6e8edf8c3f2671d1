{{/* Values that the schema lets pass and that cannot work, each with a sentence. */}}
{{- define "outrigger.validate" -}}
{{- $config := .Values.config -}}
{{- $certificates := .Values.certificates -}}
{{- range $name := list "port" "opsPort" -}}
{{- if eq (get $config.server $name | int) 0 -}}
{{- fail (printf "config.server.%s: 0 is any free port, which no Service finds; choose one" $name) -}}
{{- end -}}
{{- end -}}
{{- if eq (int $config.server.port) (int $config.server.opsPort) -}}
{{- fail (printf "config.server.port and config.server.opsPort are both %d; the webhook needs two ports" (int $config.server.port)) -}}
{{- end -}}
{{- if gt (include "outrigger.seconds" $config.server.shutdownDelay | int) 300 -}}
{{- fail (printf "config.server.shutdownDelay: %q is out of bounds; allowed are 0 to 300s" $config.server.shutdownDelay) -}}
{{- end -}}
{{- if eq $certificates.source "provided" -}}
{{- if empty $certificates.provided.secretName -}}
{{- fail "certificates.source is provided: certificates.provided.secretName must name the Secret that holds the certificate" -}}
{{- end -}}
{{- if not (contains "-----BEGIN CERTIFICATE-----" $certificates.provided.caBundle) -}}
{{- fail "certificates.source is provided: certificates.provided.caBundle must be the CA's certificate (PEM); the API server trusts nobody else" -}}
{{- end -}}
{{- end -}}
{{- if and (eq $certificates.source "certManager") (empty $certificates.certManager.issuer.name) -}}
{{- fail "certificates.source is certManager: certificates.certManager.issuer.name must name an Issuer" -}}
{{- end -}}
{{- if and .Values.clientCA.names (empty .Values.clientCA.secretName) -}}
{{- fail "clientCA.names are given without clientCA.secretName: no client could be recognised" -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (empty .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.create is false: serviceAccount.name must name the account to use" -}}
{{- end -}}
{{- $name := include "outrigger.configurationName" . -}}
{{- with lookup "admissionregistration.k8s.io/v1" "MutatingWebhookConfiguration" "" $name -}}
{{- $owner := dig "metadata" "annotations" dict . -}}
{{- $release := printf "%s/%s" (dig "meta.helm.sh/release-namespace" "" $owner) (dig "meta.helm.sh/release-name" "" $owner) -}}
{{- if and (ne $release "/") (ne $release (printf "%s/%s" $.Release.Namespace $.Release.Name)) -}}
{{- fail (printf "%s serves the domain %s already (release %s); give this one another config.annotationDomain" $name $config.annotationDomain $release) -}}
{{- end -}}
{{- end -}}
{{- end }}
