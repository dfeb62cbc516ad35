{{- /* Runs that wait or run in a pool, over how many one executor is meant for: {root, pool, name, scaling}. */ -}}
{{- define "testmesh.scaling.hpa" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels: {{- include "testmesh.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ .name }} }
  minReplicas: {{ .scaling.minReplicas }}
  maxReplicas: {{ .scaling.maxReplicas }}
  metrics:
    - type: External
      external:
        metric:
          name: testmesh_queue_runs
          selector:
            matchLabels: { pool: {{ .pool | quote }} }
            matchExpressions:
              - { key: state, operator: In, values: [queued, running] }
        target: { type: AverageValue, averageValue: {{ .scaling.runsPerExecutor | quote }} }
  behavior:
    scaleDown: { stabilizationWindowSeconds: 300 }
{{- end -}}

{{- define "testmesh.scaling.keda" -}}
{{- $db := .root.Values.database.external -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .name }}
  labels: {{- include "testmesh.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { name: {{ .name }} }
  minReplicaCount: {{ .scaling.minReplicas }}
  maxReplicaCount: {{ .scaling.maxReplicas }}
  cooldownPeriod: 300
  triggers:
    - type: postgresql
      metadata:
        host: {{ $db.host | quote }}
        port: {{ $db.port | quote }}
        userName: {{ $db.user | quote }}
        dbName: {{ $db.dbname | quote }}
        sslmode: {{ ternary "require" ($db.sslmode | default "disable") (eq $db.sslmode "no-verify") }}
        query: >-
          select count(*) from journal.run_queue where pool = '{{ .pool }}'
          and (state = 'running' or (state = 'queued' and not_before <= now()))
        targetQueryValue: {{ .scaling.runsPerExecutor | quote }}
      authenticationRef: { name: {{ .name }} }
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ .name }}
  labels: {{- include "testmesh.labels" . | nindent 4 }}
spec:
  secretTargetRef:
    - parameter: password
      name: {{ $db.existingSecret | default (include "testmesh.secretName" .root) }}
      key: {{ ternary $db.existingSecretKey "database-password" (ne $db.existingSecret "") }}
{{- end -}}
