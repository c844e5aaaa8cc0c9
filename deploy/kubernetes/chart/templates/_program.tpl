{{- /* The labels of one program: (dict "program" NAME) */ -}}
{{- define "scim.labels" -}}
app.kubernetes.io/name: {{ .program }}
app.kubernetes.io/part-of: devrev-scim
{{- end -}}

{{- /* One program as a Deployment that is never without a ready process, with its Services, budget, autoscaler and network policy.
(dict "root" $ "program" NAME "ports" (list (dict "name" "port" "from")) "env" (dict NAME VALUE) "secrets" (list KEY)) */ -}}
{{- define "scim.program" -}}
{{- $root := .root -}}
{{- $v := index .root.Values .program -}}
{{- $drain := $root.Values.drainDelaySeconds | int -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .program }}
  labels:
    {{- include "scim.labels" . | nindent 4 }}
spec:
  {{- if not $v.maxReplicas }}
  replicas: {{ $v.replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .program }}
  template:
    metadata:
      labels:
        {{- include "scim.labels" . | nindent 8 }}
    spec:
      automountServiceAccountToken: false
      # A process drains, gives running requests 15 s, and takes up to 10 s to end.
      terminationGracePeriodSeconds: {{ add $drain 25 }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile:
          type: RuntimeDefault
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: topology.kubernetes.io/zone
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .program }}
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .program }}
      containers:
        - name: {{ .program }}
          image: {{ printf "%s/%s:%s" $root.Values.image.registry .program (default $root.Chart.AppVersion $root.Values.image.tag) | quote }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          ports:
            {{- range .ports }}
            - name: {{ .name }}
              containerPort: {{ .port }}
            {{- end }}
          env:
            - name: DRAIN_DELAY
              value: {{ printf "%ds" $drain | quote }}
            - name: GOMEMLIMIT
              value: {{ printf "%dMiB" (div (mul ($v.memoryMiB | int) 9) 10) | quote }}
            {{- if $root.Values.telemetry.endpoint }}
            - name: OTEL_EXPORTER_OTLP_ENDPOINT
              value: {{ $root.Values.telemetry.endpoint | quote }}
            - name: OTEL_METRICS_EXPORTER # Prometheus reads them
              value: none
            {{- end }}
            {{- range $name, $value := merge (dict) $v.env .env }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
            {{- range .secrets }}
            - name: {{ . | upper | replace "-" "_" }}_FILE
              value: /run/secrets/devrev-scim/{{ . }}
            {{- end }}
            {{- if $root.Values.tls }}
            - name: TLS_CERT_FILE
              value: /run/secrets/tls/tls.crt
            - name: TLS_KEY_FILE
              value: /run/secrets/tls/tls.key
            - name: TLS_CA_FILE
              value: /run/secrets/tls/ca.crt
            {{- if ne .program "consoled" }}
            - name: TLS_CLIENT_CA_FILE
              value: /run/secrets/tls/ca.crt
            {{- end }}
            {{- end }}
          startupProbe:
            httpGet:
              path: /livez
              port: operations
              {{- if $root.Values.tls }}
              scheme: HTTPS
              {{- end }}
            periodSeconds: 1
            failureThreshold: 30
          livenessProbe:
            httpGet:
              path: /livez
              port: operations
              {{- if $root.Values.tls }}
              scheme: HTTPS
              {{- end }}
            periodSeconds: 10
            timeoutSeconds: 3
          readinessProbe:
            httpGet:
              path: /readyz
              port: operations
              {{- if $root.Values.tls }}
              scheme: HTTPS
              {{- end }}
            periodSeconds: 2
            timeoutSeconds: 3
          resources:
            requests:
              cpu: {{ $v.cpu | quote }}
              memory: {{ printf "%dMi" ($v.memoryMiB | int) }}
            limits:
              memory: {{ printf "%dMi" ($v.memoryMiB | int) }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: secrets
              mountPath: /run/secrets/devrev-scim
              readOnly: true
            {{- if $root.Values.tls }}
            - name: tls
              mountPath: /run/secrets/tls
              readOnly: true
            {{- end }}
      volumes:
        - name: secrets
          secret:
            secretName: {{ $v.secret }}
            defaultMode: 0440
            items:
              {{- range .secrets }}
              - key: {{ . }}
                path: {{ . }}
              {{- end }}
        {{- if $root.Values.tls }}
        - name: tls
          secret:
            secretName: {{ .program }}-tls
            defaultMode: 0440
        {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .program }}
  labels:
    {{- include "scim.labels" . | nindent 4 }}
spec:
  selector:
    app.kubernetes.io/name: {{ .program }}
  ports:
    {{- range .ports }}
    {{- if ne .name "operations" }}
    - name: {{ .name }}
      port: {{ .port }}
      targetPort: {{ .name }}
    {{- end }}
    {{- end }}
---
# Headless and with addresses that are not ready, so that Prometheus reads each process, the draining ones as well.
apiVersion: v1
kind: Service
metadata:
  name: {{ .program }}-operations
  labels:
    {{- include "scim.labels" . | nindent 4 }}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector:
    app.kubernetes.io/name: {{ .program }}
  ports:
    {{- range .ports }}
    {{- if eq .name "operations" }}
    - name: operations
      port: {{ .port }}
      targetPort: operations
    {{- end }}
    {{- end }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .program }}
  labels:
    {{- include "scim.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .program }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .program }}
  labels:
    {{- include "scim.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .program }}
  policyTypes: [Ingress]
  ingress:
    {{- range .ports }}
    - from:
        {{- range .from }}
        {{- if .namespace }}
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: {{ .namespace }}
        {{- else }}
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .program }}
        {{- end }}
        {{- end }}
      ports:
        - port: {{ .name }}
    {{- end }}
{{- if $v.maxReplicas }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .program }}
  labels:
    {{- include "scim.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .program }}
  minReplicas: {{ $v.replicas }}
  maxReplicas: {{ $v.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 60
{{- end }}
{{- end -}}

{{- /* What scimd and tokend read: a dict of variables. */ -}}
{{- define "scim.shared" -}}
SCIM_BASE_URL: {{ printf "https://%s/scim/v2" .Values.publicHost | quote }}
MONGODB_DATABASE: {{ .Values.mongodbDatabase | quote }}
{{ include "scim.oidc" . }}
{{- end -}}

{{- define "scim.oidc" -}}
OIDC_ISSUER: {{ .Values.oidc.issuer | quote }}
OIDC_AUDIENCE: {{ .Values.oidc.audience | quote }}
OIDC_JWKS_URL: {{ .Values.oidc.jwksUrl | quote }}
{{- end -}}
