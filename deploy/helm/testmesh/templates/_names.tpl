{{- define "testmesh.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "testmesh.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "testmesh.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* By what an object is found again; never changes. Takes the root, or {root, component}. */ -}}
{{- define "testmesh.selector" -}}
{{- $root := .root | default . -}}
app.kubernetes.io/name: {{ include "testmesh.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- with .pool }}
testmesh.io/pool: {{ . }}
{{- end }}
{{- end -}}

{{- define "testmesh.labels" -}}
{{- $root := .root | default . -}}
{{ include "testmesh.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: testmesh
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name ($root.Chart.Version | replace "+" "_") }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "testmesh.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "testmesh.secretName" -}}
{{ include "testmesh.fullname" . }}
{{- end -}}

{{- define "testmesh.encryptionSecretName" -}}
{{ .Values.encryption.existingSecret | default (printf "%s-encryption" (include "testmesh.fullname" .)) }}
{{- end -}}

{{- define "testmesh.brokers" -}}
{{- if .Values.kafka.bundled.enabled -}}
{{ include "testmesh.fullname" . }}-kafka:9092
{{- else -}}
{{ join "," .Values.kafka.external.brokers }}
{{- end -}}
{{- end -}}

{{- define "testmesh.databaseUrl" -}}
{{- with .Values.database.external -}}
{{- $query := list -}}
{{- if .sslmode }}{{ $query = append $query (printf "sslmode=%s" .sslmode) }}{{ end -}}
{{- if .caSecret }}{{ $query = append $query (printf "sslrootcert=/etc/testmesh/database-ca/%s" .caSecretKey) }}{{ end -}}
postgresql://{{ .user | urlquery | replace "+" "%20" }}@{{ .host }}:{{ .port }}/{{ .dbname | urlquery | replace "+" "%20" }}
{{- if $query }}?{{ join "&" $query }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "testmesh.redisUrl" -}}
{{- with .Values.redis.external -}}
{{ ternary "rediss" "redis" .tls }}://{{ with .username }}{{ . | urlquery | replace "+" "%20" }}@{{ end }}{{ .host }}:{{ .port }}
{{- end -}}
{{- end -}}
