{{- /* Variables that one service alone has. */ -}}
{{- define "testmesh.env.api" -}}
- name: HOST
  value: 0.0.0.0
- name: PORT
  value: "5016"
- name: TESTMESH_REQUESTS_PER_MINUTE
  value: {{ .Values.api.requestsPerMinute | quote }}
- name: TESTMESH_GRAPHQL_INTROSPECTION
  value: {{ ternary "on" "off" .Values.api.graphqlIntrospection | quote }}
{{- with .Values.api.trustedProxies }}
- name: TESTMESH_TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{- define "testmesh.env.scheduler" -}}
{{- with include "testmesh.brokers" . }}
- name: KAFKA_BROKERS
  value: {{ . | quote }}
- name: KAFKA_TOPIC
  value: {{ $.Values.kafka.topic | quote }}
- name: KAFKA_PARTITIONS
  value: {{ $.Values.kafka.partitions | quote }}
{{- if kindIs "invalid" $.Values.kafka.replicas | not }}
- name: KAFKA_REPLICAS
  value: {{ $.Values.kafka.replicas | quote }}
{{- end }}
{{ include "testmesh.kafkaAccess" $ }}
{{- end }}
{{- with .Values.publicUrl }}
- name: TESTMESH_PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{ include "testmesh.outboundEnv" . }}
{{- end -}}

{{- define "testmesh.env.envManager" -}}
{{- with .Values.envManager.namespaces }}
- name: TESTMESH_NAMESPACES
  value: {{ join "," . | quote }}
{{- end }}
{{- with .Values.envManager.applications }}
- name: TESTMESH_APPLICATIONS
  value: {{ join "," . | quote }}
{{- end }}
- name: TESTMESH_RESERVED_NAMESPACES
  value: {{ join "," (append .Values.envManager.reservedNamespaces .Release.Namespace) | quote }}
{{- with .Values.envManager.argocd }}
{{- if .server }}
- name: ARGOCD_SERVER
  value: {{ .server | quote }}
- name: ARGOCD_TOKEN
  valueFrom:
    secretKeyRef: { name: {{ required "envManager.argocd.tokenSecret: Argo CD answers nobody without a token" .tokenSecret }}, key: {{ .tokenSecretKey }} }
- name: ARGOCD_PROJECT
  value: {{ .project | quote }}
{{- end }}
{{- if .namespace }}
- name: ARGOCD_NAMESPACE
  value: {{ .namespace }}
{{- end }}
{{- end }}
{{- with .Values.envManager.flux.namespace }}
- name: FLUX_NAMESPACE
  value: {{ . }}
{{- end }}
{{- with .Values.envManager.kubernetes }}
{{- if .enabled }}
- name: TESTMESH_KUBERNETES_DEPLOY
  value: "true"
- name: TESTMESH_KUBERNETES_REACHABLE_FROM
  value: {{ join "," (default (list $.Release.Namespace) .reachableFrom) | quote }}
{{- with .quota }}
- name: TESTMESH_KUBERNETES_QUOTA
  value: {{ join "," . | quote }}
{{- end }}
{{- with .limits }}
- name: TESTMESH_KUBERNETES_LIMITS
  value: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.envManager.templates.configMap }}
- name: TESTMESH_TEMPLATES
  value: /etc/testmesh/templates
{{- end }}
{{- end -}}

{{- /* What the brokers ask for of whoever comes. */ -}}
{{- define "testmesh.kafkaAccess" -}}
{{- $sasl := .Values.kafka.sasl -}}
- name: KAFKA_SSL
  value: {{ or .Values.kafka.ssl (ne .Values.kafka.caSecret "") (ne .Values.kafka.clientCertSecret "") | quote }}
{{- if .Values.kafka.caSecret }}
- name: KAFKA_SSL_CA_FILE
  value: /etc/testmesh/kafka-ca/{{ .Values.kafka.caSecretKey }}
{{- end }}
{{- if .Values.kafka.clientCertSecret }}
- name: KAFKA_SSL_CERT_FILE
  value: /etc/testmesh/kafka-client/tls.crt
- name: KAFKA_SSL_KEY_FILE
  value: /etc/testmesh/kafka-client/tls.key
{{- end }}
{{- if $sasl.mechanism }}
- name: KAFKA_SASL_MECHANISM
  value: {{ $sasl.mechanism }}
- name: KAFKA_SASL_USERNAME
  value: {{ $sasl.username | quote }}
- name: KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $sasl.existingSecret | default (include "testmesh.secretName" .) }}
      key: {{ ternary $sasl.existingSecretKey "kafka-password" (ne $sasl.existingSecret "") }}
{{- end }}
{{- end -}}

{{- define "testmesh.kafkaMounts" -}}
{{- if .Values.kafka.caSecret }}
- { name: kafka-ca, mountPath: /etc/testmesh/kafka-ca, readOnly: true }
{{- end }}
{{- if .Values.kafka.clientCertSecret }}
- { name: kafka-client, mountPath: /etc/testmesh/kafka-client, readOnly: true }
{{- end }}
{{- end -}}

{{- define "testmesh.kafkaVolumes" -}}
{{- with .Values.kafka.caSecret }}
- name: kafka-ca
  secret: { secretName: {{ . }} }
{{- end }}
{{- with .Values.kafka.clientCertSecret }}
- name: kafka-client
  secret: { secretName: {{ . }} }
{{- end }}
{{- end -}}

{{- /* {root, pool, settings} */ -}}
{{- define "testmesh.env.executor" -}}
{{- $executor := .root.Values.executor -}}
- name: TESTMESH_EXECUTOR
  valueFrom:
    fieldRef: { fieldPath: metadata.name }
- name: TESTMESH_POOLS
  value: {{ .pool | quote }}
- name: TESTMESH_SLOTS
  value: {{ .settings.slots | quote }}
- name: TESTMESH_LEASE_MS
  value: {{ $executor.leaseMs | int64 | quote }}
- name: TESTMESH_DRAIN_MS
  value: {{ $executor.drainMs | int64 | quote }}
- name: TESTMESH_LISTEN
  value: {{ $executor.listen }}
{{- with .root.Values.api.dockerSocket }}
- name: TESTMESH_DOCKER
  value: {{ ternary .policy "refuse" .enabled }}
{{- if .enabled }}
- name: TESTMESH_DOCKER_NETWORKS
  value: {{ join "," .networks | quote }}
# What containers publish is on their node, and a pod's own loopback is not.
- name: TESTMESH_DOCKER_ADDRESS
  valueFrom:
    fieldRef: { fieldPath: status.hostIP }
{{- end }}
{{- end }}
{{ include "testmesh.outboundEnv" .root }}
{{- end -}}
