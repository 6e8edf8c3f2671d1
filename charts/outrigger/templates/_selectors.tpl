{{/*
Who is asked about what.

| entry     | namespaces                                  | pods                                          | failurePolicy |
| --------- | ------------------------------------------- | --------------------------------------------- | ------------- |
| labelled  | DOMAIN/inject is enabled or ingress         | all                                           | a value       |
| annotated | all others                                  | with the annotation DOMAIN/inject, not disabled | Ignore      |
| any       | all others, but those labelled disabled     | without the annotation (only selectBy: any)   | Ignore        |

Nobody is asked about mirror pods, nor about the namespaces that `outrigger.excluded` names.
*/}}

{{/* Expressions of a namespaceSelector that leave out the cluster's own namespaces, ours, and those that opt out. */}}
{{- define "outrigger.excluded" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: {{ list "kube-system" "kube-public" "kube-node-lease" .Release.Namespace | uniq | toJson }}
- key: config.{{ .Values.config.annotationDomain }}/admission-webhooks
  operator: NotIn
  values: [disabled]
{{- end }}

{{- define "outrigger.notMirrored" -}}
- name: no-mirror-pod
  expression: >-
    !has(object.metadata.annotations) || !('kubernetes.io/config.mirror' in object.metadata.annotations)
{{- end }}

{{/* What all entries about pods have in common. */}}
{{- define "outrigger.podEntry" -}}
rules:
  - apiGroups: ['']
    apiVersions: [v1]
    operations: [CREATE]
    resources: [pods]
    scope: Namespaced
admissionReviewVersions: [v1]
matchPolicy: Equivalent
reinvocationPolicy: IfNeeded
sideEffects: NoneOnDryRun
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
{{- end }}

{{/* Takes context and path. caBundle is absent where the program or cert-manager writes it. */}}
{{- define "outrigger.clientConfig" -}}
{{- $values := .context.Values -}}
clientConfig:
  service:
    name: {{ include "outrigger.fullname" .context }}
    namespace: {{ .context.Release.Namespace }}
    path: {{ .path }}
    port: 443
  {{- if eq $values.certificates.source "provided" }}
  caBundle: {{ $values.certificates.provided.caBundle | trim | printf "%s\n" | b64enc }}
  {{- end }}
{{- end }}

{{/* Annotations of both configurations. */}}
{{- define "outrigger.caInjection" -}}
{{- if eq .Values.certificates.source "certManager" -}}
cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "outrigger.certificateSecret" . }}
{{- end -}}
{{- end }}
