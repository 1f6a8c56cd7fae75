#!/usr/bin/env python3
"""Plants faults into deploy/ for manifests.py and compose.py to find.

    planted_test.py ROOT
"""

import pathlib
import shutil
import sys
import tempfile
import unittest

import compose
import manifests

ROOT = pathlib.Path()
SIDECAR = "deploy/kubernetes/sidecar/container.yaml"
BASE = "deploy/kubernetes/base"
STANDALONE = "deploy/kubernetes/standalone"
MONITORING = "deploy/kubernetes/monitoring"
COMPOSE = "deploy/compose.yaml"

# What is planted: file, text, what takes its place, and what is found.
IN_MANIFESTS = (
    (SIDECAR, "configMap: {name: lastframe}", "configMap: {name: lastfame}", "/etc/lastframe holds no lastframe.yaml"),
    (SIDECAR, "path: /readyz", "path: /ready", "readinessProbe asks"),
    (SIDECAR, "containerPort: 10014", "containerPort: 10015", "and listens at"),
    (SIDECAR, "runAsUser: 10014", "runAsUser: 1000", "runAsUser is 1000, not 10014"),
    (SIDECAR, "drop: [ALL]", "drop: [NET_RAW]", "capabilities is"),
    (SIDECAR, "memory: 256Mi", "memory: 96Mi", "limits.buffer_bytes is more than half"),
    (SIDECAR, "restartPolicy: Always        #", "#", "without restartPolicy Always"),
    (SIDECAR, "[lastframe, drain]", "[sleep, '30']", "nothing begins its drain"),
    (SIDECAR, "terminationGracePeriodSeconds: 50", "terminationGracePeriodSeconds: 40", "less than 10 s after its preStop"),
    (SIDECAR, "lastframe: sidecar ", "last: sidecar ", "the PodMonitor does not select the pods"),
    (f"{BASE}/deployment.yaml", "sleep: {seconds: 35}", "sleep: {seconds: 10}", "it ends before lastframe has"),
    (f"{BASE}/deployment.yaml", "labels: {app.kubernetes.io/name: service}", "labels: {app: service}", "does not fit its pods"),
    (f"{BASE}/service.yaml", "targetPort: 8080", "targetPort: 3000", "leads to 3000, where nobody listens"),
    (f"{BASE}/disruption.yaml", "name: service}", "name: other}", "PodDisruptionBudget: selector"),
    (f"{BASE}/lastframe.yaml", "0.0.0.0:10014", "127.0.0.1:10014", "telemetry.address is loopback"),
    (f"{BASE}/lastframe.yaml", "spread: 10s", "spread: 16s", "who is told last has less"),
    (f"{BASE}/lastframe.yaml", "failure_delay: 10s", "failure_delay: 28s", "cuts Closes that wait for failure_delay"),
    (f"{BASE}/lastframe.yaml", "deadline: 30s", "deadline: 55s", "terminationGracePeriodSeconds 50 is not above 59"),
    (f"{BASE}/kustomization.yaml", "  - disruption.yaml\n", "", "base/disruption.yaml is in no kustomization"),
    (f"{STANDALONE}/lastframe.yaml", "deadline: 50s", "deadline: 60s", "terminationGracePeriodSeconds 60 is not above 64"),
    (f"{STANDALONE}/lastframe.yaml", "deadline: 50s", "deadline: 60s", "LastframeDrainSlow fires before drain.deadline"),
    (f"{STANDALONE}/scaling.yaml", "{name: lastframe_tunnels}", "{name: lastframe_connections}", "which nothing exports"),
    (f"{STANDALONE}/scaling.yaml", "kind: Deployment, name: lastframe", "kind: Deployment, name: proxy", "target does not exist"),
    (f"{MONITORING}/pods.yaml", "interval: 10s", "interval: 30s", "no time for one scrape more"),
    (f"{MONITORING}/pods.yaml", "replacement: lastframe", "replacement: proxy", "job is not that of the alerts"),
    (f"{MONITORING}/rules.yaml", "for: 1m", "for: 2m", "rules.yaml is not what make-rules prints"),
    ("deploy/prometheus/lastframe.alerts.yml", "for: 1m", "for: 2m", "rules.yaml is not what make-rules prints"),
    ("deploy/grafana/kustomization.yaml", "grafana_dashboard", "dashboard", "does not carry Grafana's label"),
    ("deploy/kubernetes/example/lastframe.yaml", "TLS:-/etc/lastframe/tls", "TLS:-/etc/tls", "is not in a Secret"),
    ("deploy/kubernetes/example/kustomization.yaml", "kubernetes.io/wss", "kubernetes.io/ws", "is not kubernetes.io/ws"),
)
IN_COMPOSE = (
    (COMPOSE, "./compose/clients.mjs:", "./compose/visitors.mjs:", "does not exist"),
    (COMPOSE, "context: ..", "context: .", "nothing to build from"),
    (COMPOSE, "127.0.0.1:9090:9090", "127.0.0.1:9090:9091", "publishes"),
    (COMPOSE, "127.0.0.1:3000:3000", "0.0.0.0:3000:3000", "is published at 0.0.0.0:3000"),
    (COMPOSE, '--port, "3001"', '--port, "3005"', "the demo listens at 3005"),
    (COMPOSE, '--telemetry-port, "10015"', '--telemetry-port, "10014"', "a port is used twice"),
    (COMPOSE, "ws://localhost:8080]", "ws://localhost:8081]", "nobody listens where they connect to"),
    (COMPOSE, "stop_grace_period: 30s", "stop_grace_period: 10s", "stop_grace_period is not above"),
    (COMPOSE, "grafana:11.3.0", "grafana:latest", "names no version"),
    (COMPOSE, "lastframe/lastframe.json", "lastframe/other.json", "its first page"),
    (COMPOSE, "./prometheus:/etc/prometheus", "./grafana:/etc/prometheus", "there is no /etc/prometheus/prometheus.yml"),
    ("deploy/compose/lastframe.yaml", "0.0.0.0:10014", "0.0.0.0:10016", "prometheus: scrapes"),
)


class Planted(unittest.TestCase):
    def check(self, planted, faults):
        for path, old, new, fault in planted:
            with self.subTest(path=path, new=new), tempfile.TemporaryDirectory() as scratch:
                root = pathlib.Path(scratch)
                for part in ("deploy", "configs"):
                    shutil.copytree(ROOT / part, root / part)
                for part in ("Dockerfile", "proxy/server/drain.cpp", "telemetry/metric_info.cpp"):
                    (root / part).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / part, root / part)
                text = (root / path).read_text()
                self.assertIn(old, text)
                (root / path).write_text(text.replace(old, new))
                found = faults(root)
                self.assertTrue(any(fault in each for each in found), f"{fault!r} is not in {found}")

    def test_in_the_manifests(self):
        self.check(IN_MANIFESTS, manifests.faults)

    def test_in_compose(self):
        self.check(IN_COMPOSE, compose.faults)


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
