{{- /* What every container of ours is bound to. */ -}}
{{- define "testmesh.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "testmesh.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "testmesh.databaseEnv" -}}
{{- $db := .Values.database.external -}}
- name: DATABASE_URL
  value: {{ include "testmesh.databaseUrl" . | quote }}
{{- if or $db.existingSecret $db.password }}
- name: DATABASE_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .databaseSecret | default $db.existingSecret | default (include "testmesh.secretName" .) }}
      key: {{ ternary $db.existingSecretKey "database-password" (ne $db.existingSecret "") }}
{{- end }}
{{- end -}}

{{- /* The variables that all services share. */ -}}
{{- define "testmesh.env" -}}
{{- $redis := .Values.redis.external -}}
{{ include "testmesh.databaseEnv" . }}
- name: TESTMESH_ENCRYPTION_KEYS
  valueFrom:
    secretKeyRef:
      name: {{ include "testmesh.encryptionSecretName" . }}
      key: {{ ternary .Values.encryption.existingSecretKey "encryption-keys" (ne .Values.encryption.existingSecret "") }}
{{- if $redis.host }}
- name: REDIS_URL
  value: {{ include "testmesh.redisUrl" . | quote }}
{{- if or $redis.existingSecret $redis.password }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $redis.existingSecret | default (include "testmesh.secretName" .) }}
      key: {{ ternary $redis.existingSecretKey "redis-password" (ne $redis.existingSecret "") }}
{{- end }}
{{- end }}
- name: TESTMESH_LOG_LEVEL
  value: {{ .Values.logLevel }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "testmesh.pluginsEnv" -}}
{{- with .Values.plugins.load -}}
- name: TESTMESH_PLUGINS
  value: {{ join " " . | quote }}
{{- end }}
{{- end -}}

{{- /* Packages of plugins: where they come from, and where containers find them. */ -}}
{{- define "testmesh.pluginsVolume" -}}
{{- if .Values.plugins.image }}
- name: plugins
  emptyDir: { sizeLimit: 1Gi }
{{- else if .Values.plugins.volume }}
- name: plugins
  {{- toYaml .Values.plugins.volume | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "testmesh.pluginsMount" -}}
{{- if or .Values.plugins.image .Values.plugins.volume }}
- { name: plugins, mountPath: /opt/testmesh/plugins, readOnly: true }
{{- end }}
{{- end -}}

{{- define "testmesh.pluginsFetch" -}}
{{- if .Values.plugins.image }}
- name: plugins
  image: {{ .Values.plugins.image }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [sh, -c, cp -R /plugins/. /opt/testmesh/plugins/]
  securityContext: {{- include "testmesh.containerSecurity" . | nindent 4 }}
  resources:
    requests: { cpu: 50m, memory: 64Mi }
    limits: { memory: 256Mi }
  volumeMounts:
    - { name: plugins, mountPath: /opt/testmesh/plugins }
{{- end }}
{{- end -}}

{{- define "testmesh.outboundEnv" -}}
{{- $deny := .Values.executor.outbound.deny -}}
{{- if .Values.executor.outbound.denyOwn -}}
{{- $deny = append $deny .Values.database.external.host -}}
{{- with .Values.redis.external.host }}{{ $deny = append $deny . }}{{ end -}}
{{- if .Values.kafka.bundled.enabled -}}
{{- $kafka := printf "%s-kafka" (include "testmesh.fullname" .) -}}
{{- $deny = concat $deny (list $kafka (printf "%s.%s.svc" $kafka .Release.Namespace) (printf "%s.%s.svc.cluster.local" $kafka .Release.Namespace)) -}}
{{- end -}}
{{- $deny = concat $deny (list "kubernetes" "kubernetes.default" "kubernetes.default.svc" "kubernetes.default.svc.cluster.local") -}}
{{- end -}}
{{- with .Values.executor.outbound.allow }}
- name: TESTMESH_OUTBOUND_ALLOW
  value: {{ join "," . | quote }}
{{- end }}
{{- with $deny }}
- name: TESTMESH_OUTBOUND_DENY
  value: {{ join "," (uniq .) | quote }}
{{- end }}
{{- end -}}

{{- /* Two kinds of questions to the health port: whether it lives (from the first moment), and whether it can work. */ -}}
{{- define "testmesh.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: health }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: health }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  httpGet: { path: /health/ready, port: health }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{- define "testmesh.affinity" -}}
{{- if .settings.affinity -}}
{{ toYaml .settings.affinity }}
{{- else -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- include "testmesh.selector" . | nindent 12 }}
{{- end -}}
{{- end -}}

{{- /*
A service's deployment: {root, component, settings}, and for some pool, program, account, grace, preStop, archive, docker, plugins, templates,
ports, replicas (false where something else counts them), tmpSize; `env` are lines of its own, `mounts` and `volumes`, too.
*/ -}}
{{- define "testmesh.deployment" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "testmesh.fullname" $root) .component -}}
{{- if .pool }}{{ $name = printf "%s-%s" $name .pool }}{{ end -}}
{{- $archive := and .archive $root.Values.archive.enabled -}}
{{- $ca := $root.Values.database.external.caSecret -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels: {{- include "testmesh.labels" . | nindent 4 }}
spec:
  {{- if ne .replicas false }}
  replicas: {{ .settings.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  strategy:
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels: {{- include "testmesh.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "testmesh.labels" . | nindent 8 }}
        testmesh.io/metrics: "true"
      annotations:
        checksum/secrets: {{ list $root.Values.database $root.Values.redis $root.Values.kafka.sasl $root.Values.encryption | toJson | sha256sum }}
        {{- with .settings.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "testmesh.fullname" $root }}{{ with .account }}-{{ . }}{{ end }}
      automountServiceAccountToken: {{ .account | empty | not }}
      terminationGracePeriodSeconds: {{ .grace | default 30 }}
      securityContext:
        {{- include "testmesh.podSecurity" $root | nindent 8 }}
        {{- with .docker }}
        supplementalGroups: [{{ .group }}]
        {{- end }}
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- if .plugins }}
      {{- with include "testmesh.pluginsFetch" $root | trim }}
      initContainers:
        {{- . | nindent 8 }}
      {{- end }}
      {{- end }}
      containers:
        - name: {{ .component }}
          image: {{ include "testmesh.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [{{ .program | default .component }}.mjs]
          securityContext: {{- include "testmesh.containerSecurity" $root | nindent 12 }}
          env:
            {{- include "testmesh.env" $root | nindent 12 }}
            {{- if .plugins }}
            {{- with include "testmesh.pluginsEnv" $root | trim }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- end }}
            {{- if $archive }}
            - name: TESTMESH_ARCHIVE
              value: /var/lib/testmesh/archive
            {{- end }}
            {{- with .env }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- with .settings.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          ports:
            {{- range $port, $number := .ports }}
            - { name: {{ $port }}, containerPort: {{ $number }} }
            {{- end }}
            - { name: health, containerPort: 9464 }
          {{- include "testmesh.probes" $root | nindent 10 }}
          {{- if .preStop }}
          lifecycle:
            preStop:
              exec:
                # Load balancers go on sending for a moment.
                command: [node, -e, "setTimeout(() => {}, 5000)"]
          {{- end }}
          resources: {{- toYaml .settings.resources | nindent 12 }}
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            {{- if $archive }}
            - { name: archive, mountPath: /var/lib/testmesh/archive }
            {{- end }}
            {{- if $ca }}
            - { name: database-ca, mountPath: /etc/testmesh/database-ca, readOnly: true }
            {{- end }}
            {{- if .templates }}
            - { name: templates, mountPath: /etc/testmesh/templates, readOnly: true }
            {{- end }}
            {{- if .docker }}
            - { name: docker, mountPath: /var/run/docker.sock }
            {{- end }}
            {{- if .plugins }}
            {{- with include "testmesh.pluginsMount" $root | trim }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- end }}
            {{- with .mounts }}
            {{- . | nindent 12 }}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: { sizeLimit: {{ .tmpSize | default "64Mi" }} }
        {{- if $archive }}
        - name: archive
          persistentVolumeClaim:
            claimName: {{ $root.Values.archive.existingClaim | default (printf "%s-archive" (include "testmesh.fullname" $root)) }}
        {{- end }}
        {{- if $ca }}
        - name: database-ca
          secret: { secretName: {{ $ca }} }
        {{- end }}
        {{- with .templates }}
        - name: templates
          configMap: { name: {{ . }} }
        {{- end }}
        {{- with .docker }}
        - name: docker
          hostPath: { path: {{ .path }}, type: Socket }
        {{- end }}
        {{- if .plugins }}
        {{- with include "testmesh.pluginsVolume" $root | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- end }}
        {{- with .volumes }}
        {{- . | nindent 8 }}
        {{- end }}
      {{- with .settings.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .settings.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      affinity: {{- include "testmesh.affinity" . | nindent 8 }}
{{- end -}}
