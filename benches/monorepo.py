#!/usr/bin/env python3
"""Writes a repository of made-up manifests: benches/monorepo.py FOLDER DOCUMENTS. Five documents a file, every tenth file with flaws."""

import pathlib
import sys

FILE = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
  namespace: team-{team}
  labels: {{app.kubernetes.io/name: app-{n}, app.kubernetes.io/part-of: team-{team}}}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: app-{n}
  template:
    metadata:
      labels:
        app: app-{n}
    spec:
      serviceAccountName: app-{n}
      automountServiceAccountToken: false
      hostNetwork: {flawed}
      securityContext:
        runAsNonRoot: true
        runAsUser: 10{user}
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: app
          image: registry.example.com/team-{team}/app-{n}:1.{replicas}.{user}
          args: ["--listen=:8080", "--log=json"]
          ports:
            - containerPort: 8080
              name: http
          securityContext:
            privileged: {flawed}
            allowPrivilegeEscalation: {flawed}
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          resources:
            requests: {{cpu: 100m, memory: 64Mi}}
            limits: {{cpu: 500m, memory: 256Mi}}
          readinessProbe:
            httpGet: {{path: /ready, port: http}}
          livenessProbe:
            httpGet: {{path: /live, port: http}}
          volumeMounts:
            - name: config
              mountPath: /etc/app
      volumes:
        - name: config
          configMap:
            name: app-{n}
---
apiVersion: v1
kind: Service
metadata:
  name: app-{n}
  namespace: team-{team}
spec:
  selector:
    app: app-{n}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-{n}
  namespace: team-{team}
data:
  app.properties: |
    greeting=hello
    color.{n}=blue
    retries={replicas}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: app-{n}
  namespace: team-{team}
automountServiceAccountToken: false
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-{n}
  namespace: team-{team}
spec:
  podSelector:
    matchLabels:
      app: app-{n}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector: {{}}
      ports:
        - port: 8080
"""


def write(folder, documents):
    for n in range(documents // 5):
        team = n % 100
        path = folder / f"team-{team}" / f"app-{n}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        flawed = "true" if n % 10 == 0 else "false"
        path.write_text(FILE.format(n=n, team=team, replicas=n % 7 + 1, user=n % 90 + 10, flawed=flawed))


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
