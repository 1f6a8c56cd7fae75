#!/usr/bin/env python3
"""Checks deploy/kubernetes against the configurations in it, the rules, and the program.

    manifests.py ROOT [LASTFRAME] [--rendered FOLDER]

With LASTFRAME, the program's path, it also has to accept the configurations. FOLDER holds what kustomize itself made:
base.yaml, example.yaml and so on.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from kustomize import parse, read, read_one, render
from settings import Settings, seconds, size

KUBERNETES = pathlib.Path("deploy/kubernetes")
WORKLOADS = ("base", "example", "standalone")
# Secrets that come from elsewhere.
SECRETS = {"lastframe-tls"}


class Pod:
    """A Deployment's pods: lastframe, its settings, and what stands beside it."""

    def __init__(self, root, deployment, documents):
        self.deployment = deployment
        self.spec = deployment["spec"]["template"]["spec"]
        self.labels = deployment["spec"]["template"]["metadata"]["labels"]
        self.inits = self.spec.get("initContainers", [])
        self.all = self.inits + self.spec["containers"]
        self.lastframe = next(each for each in self.all if each["name"] == "lastframe")
        self.others = [each for each in self.all if each is not self.lastframe]
        self.ports = {each["name"]: each["containerPort"] for each in self.lastframe["ports"]}
        self.volumes = {each["name"]: each for each in self.spec.get("volumes", [])}
        self.mounts = {each["mountPath"]: self.volumes.get(each["name"], {}) for each in self.lastframe["volumeMounts"]}
        self.grace = self.spec.get("terminationGracePeriodSeconds", 30)
        maps = {each["metadata"]["name"]: each["data"] for each in documents if each["kind"] == "ConfigMap"}
        data = maps.get(self.mounts.get("/etc/lastframe", {}).get("configMap", {}).get("name"), {})
        self.settings = Settings(root, data["lastframe.yaml"]) if "lastframe.yaml" in data else None

    @property
    def is_sidecar(self):
        return self.lastframe in self.inits


def references(pod, documents):
    names = {(each["kind"], each["metadata"]["name"]) for each in documents}
    if len(names) != len(documents):
        yield "a kind and name stand twice"
    selector = pod.deployment["spec"]["selector"]["matchLabels"]
    if not selector or not selector.items() <= pod.labels.items():
        yield f"the Deployment's selector {selector} does not fit its pods' labels"
    mounted = [mount["name"] for each in pod.all for mount in each.get("volumeMounts", [])]
    for name in set(mounted) ^ set(pod.volumes):
        yield f"volume {name} is only mounted, or only declared"
    for volume in pod.volumes.values():
        if "configMap" in volume and ("ConfigMap", volume["configMap"]["name"]) not in names:
            yield f"there is no ConfigMap {volume['configMap']['name']}"
        if "secret" in volume and volume["secret"]["secretName"] not in SECRETS:
            yield f"nobody knows of a Secret {volume['secret']['secretName']}"
    ports = [port["name"] for each in pod.all for port in each.get("ports", [])]
    if len(set(ports)) != len(ports):
        yield f"a port's name stands twice in the pod: {ports}"
    yield from others(pod, documents)


def others(pod, documents):
    for each in documents:
        spec, kind = each.get("spec", {}), each["kind"]
        wanted = spec.get("selector", {}) if kind == "Service" else spec.get("selector", {}).get("matchLabels", {})
        if kind in ("Service", "PodDisruptionBudget") and not (wanted and wanted.items() <= pod.labels.items()):
            yield f"{kind}: selector {wanted} does not fit the pods' labels"
        for port in spec.get("ports", []) if kind == "Service" else []:
            # By number: not every version finds the names of a sidecar's ports.
            if port["targetPort"] not in pod.settings.listeners:
                yield f"Service: port {port['port']} leads to {port['targetPort']}, where nobody listens"
            wss = any(listener.get("tls") for listener in pod.settings.own["listeners"])
            if port["appProtocol"] != ("kubernetes.io/wss" if wss else "kubernetes.io/ws"):
                yield f"Service: port {port['port']} is not {port['appProtocol']}"
    for each in (one for one in documents if one["kind"] == "HorizontalPodAutoscaler"):
        target = each["spec"]["scaleTargetRef"]
        if (target["kind"], target["name"]) != (pod.deployment["kind"], pod.deployment["metadata"]["name"]):
            yield "the autoscaler's target does not exist"
        if "replicas" in pod.deployment["spec"]:
            yield "the Deployment's replicas are the autoscaler's to say"


def ports_and_probes(pod):
    host, telemetry = pod.settings.telemetry
    if host in ("127.0.0.1", "[::1]", "localhost"):
        yield "telemetry.address is loopback: neither kubelet nor Prometheus reach it"
    if set(pod.ports.values()) != pod.settings.listeners | {telemetry}:
        yield f"declares ports {pod.ports}, and listens at {pod.settings.listeners} and {telemetry}"
    for kind, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        asked = pod.lastframe.get(kind, {}).get("httpGet", {})
        if asked.get("path") != path or pod.ports.get(asked.get("port"), asked.get("port")) != telemetry:
            yield f"{kind} asks {asked}, not {path} of port {telemetry}"


def security(pod, root):
    who = {**pod.spec.get("securityContext", {}), **pod.lastframe.get("securityContext", {})}
    user, group = re.search(r"^USER (\d+):(\d+)$", (root / "Dockerfile").read_text(), re.MULTILINE).groups()
    wanted = {"runAsNonRoot": True, "runAsUser": int(user), "runAsGroup": int(group), "allowPrivilegeEscalation": False,
              "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
    for key, value in wanted.items():
        if who.get(key) != value:
            yield f"securityContext: {key} is {who.get(key)}, not {value}"
    for path, volume in pod.mounts.items():
        mount = next(each for each in pod.lastframe["volumeMounts"] if each["mountPath"] == path)
        if not mount.get("readOnly"):
            yield f"{path} is mounted for writing"
    for file in pod.settings.files:
        if "secret" not in pod.mounts.get(str(pathlib.Path(file).parent), {}):
            yield f"{file} is not in a Secret"


def resources(pod):
    for each in pod.all:
        if set(each["resources"]["requests"]) != {"cpu", "memory"}:
            yield f"{each['name']} does not request cpu and memory"
    limit = size(pod.lastframe["resources"].get("limits", {}).get("memory", "0"))
    if limit < 2 * size(pod.settings.get("limits", "buffer_bytes")):
        yield "limits.buffer_bytes is more than half of the memory limit"


def times(pod, root):
    """The proxy ends at its drain's deadline, counted from SIGTERM, or a little later where a worker is slow to obey."""
    drain, close = pod.settings.drain, pod.settings.longest("limits", "close_timeout")
    source = (root / "proxy/server/drain.cpp").read_text()
    slow = int(re.search(r"longest_step\{([\d']+)\}", source)[1].replace("'", "")) / 1000
    end = drain("deadline") + slow
    # The last to be told, and then upstream, may each take their time to answer.
    if drain("deadline") < drain("delay") + drain("spread") + 2 * close:
        yield "drain: who is told last has less than close_timeout to answer"
    if drain("deadline") < pod.settings.longest("failure_delay") + close:
        yield "drain.deadline cuts Closes that wait for failure_delay"
    if pod.grace <= end:
        yield f"terminationGracePeriodSeconds {pod.grace} is not above {end}, drain.deadline and some"
    if pod.is_sidecar:
        yield from order_of_ends(pod, end)


def order_of_ends(pod, end):
    if pod.lastframe.get("restartPolicy") != "Always":
        yield "an init container without restartPolicy Always ends before the service starts"
    hook = pod.lastframe.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command")
    if hook != ["lastframe", "drain"]:
        yield f"lastframe's preStop is {hook}: nothing begins its drain before the service has ended"
    for each in pod.spec["containers"]:
        stays = each.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if stays <= end:
            yield f"preStop of {each['name']}: {stays} s is not above {end}; it ends before lastframe has"
        if pod.grace < stays + 10:
            yield f"terminationGracePeriodSeconds {pod.grace} leaves {each['name']} less than 10 s after its preStop"


def monitoring(pod, documents, root):
    monitor = next(each for each in documents if each["kind"] == "PodMonitor")["spec"]
    if not all(each["key"] in pod.labels for each in monitor["selector"]["matchExpressions"]):
        yield "the PodMonitor does not select the pods"
    jobs = set(re.findall(r'job="(\w+)"', (root / "deploy/prometheus/lastframe.alerts.yml").read_text()))
    for each in monitor["podMetricsEndpoints"]:
        if pod.ports.get(each["port"]) != pod.settings.telemetry[1] or each["path"] != "/metrics":
            yield f"the PodMonitor asks {each['path']} of port {each['port']}"
        if {one.get("replacement") for one in each["relabelings"] if one["targetLabel"] == "job"} != jobs:
            yield f"the PodMonitor's job is not that of the alerts, {jobs}"
        drain, close = pod.settings.drain, pod.settings.longest("limits", "close_timeout")
        if drain("delay") + drain("spread") + close + seconds(each["interval"]) > drain("deadline"):
            yield "drain.deadline leaves no time for one scrape more"
    for group in next(each for each in documents if each["kind"] == "PrometheusRule")["spec"]["groups"]:
        for rule in group["rules"]:
            if rule.get("alert") == "LastframeDrainSlow" and seconds(rule["for"]) <= pod.settings.drain("deadline"):
                yield "LastframeDrainSlow fires before drain.deadline"


def generated(root, documents):
    folder = root / KUBERNETES / "monitoring"
    if subprocess.run([folder / "make-rules"], capture_output=True, text=True, check=True).stdout != (folder / "rules.yaml").read_text():
        yield "rules.yaml is not what make-rules prints"
    rules = [group for name in ("rules", "alerts") for group in read_one(root / f"deploy/prometheus/lastframe.{name}.yml")["groups"]]
    if next(each for each in documents if each["kind"] == "PrometheusRule")["spec"]["groups"] != rules:
        yield "the PrometheusRule has other groups than deploy/prometheus"
    dashboards = next((each for each in documents if each["kind"] == "ConfigMap"), {"metadata": {}, "data": {}})
    if dashboards["metadata"].get("labels") != {"grafana_dashboard": "1"}:
        yield "the dashboards' ConfigMap does not carry Grafana's label"
    shipped = {path.name: path.read_text() for path in (root / "deploy/grafana/dashboards").glob("*.json")}
    if dashboards["data"] != shipped or not all(json.loads(text) for text in shipped.values()):
        yield "the dashboards' ConfigMap has other files than deploy/grafana/dashboards"


def nothing_lies_about(root):
    """Each file belongs to a kustomization."""
    top = root / KUBERNETES
    used = set()
    for path in top.glob("*/kustomization.yaml"):
        own = read_one(path)
        named = own.get("resources", []) + [each["path"] for each in own.get("patches", []) if "path" in each]
        named += [file for each in own.get("configMapGenerator", []) for file in each["files"]]
        used |= {path, *(path.parent / each for each in named)}
    for path in sorted(top.glob("*/*.yaml")):
        read(path)
        if path not in used:
            yield f"{path.relative_to(root)} is in no kustomization"


def scaling(root, documents):
    exported = (root / "telemetry/metric_info.cpp").read_text()
    for each in (one for one in documents if one["kind"] == "HorizontalPodAutoscaler"):
        for metric in each["spec"]["metrics"]:
            name = metric["pods"]["metric"]["name"]
            if f'"{name}"' not in exported:
                yield f"the autoscaler looks at {name}, which nothing exports"


def rendered(root, folder, name):
    if folder is None:
        return render(root / KUBERNETES / name)
    # kustomize gives ConfigMaps a hash, and names a prefix: it has changed all references alike.
    return parse((folder / f"{name}.yaml").read_text())


def faults(root, folder=None):
    """All that does not hold, as texts."""
    root = pathlib.Path(root)
    monitors = rendered(root, folder, "monitoring")
    found = [*nothing_lies_about(root), *generated(root, monitors)]
    for name in WORKLOADS:
        documents = rendered(root, folder, name)
        pod = Pod(root, next(each for each in documents if each["kind"] == "Deployment"), documents)
        if pod.settings is None:
            found.append(f"{name}: /etc/lastframe holds no lastframe.yaml")
            continue
        checks = (references(pod, documents), ports_and_probes(pod), security(pod, root), resources(pod),
                  times(pod, root), monitoring(pod, monitors, root), scaling(root, documents))
        found += [f"{name}: {fault}" for check in checks for fault in check]
    return found


def refused(root, program):
    """What the program says of configurations that it does not accept; certificates are made for it."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=test", "-keyout", f"{scratch}/tls.key", "-out", f"{scratch}/tls.crt"],
                       check=True, capture_output=True)
        for path in sorted((pathlib.Path(root) / KUBERNETES).glob("*/lastframe.yaml")):
            answer = subprocess.run([program, "check", path], env={**os.environ, "TLS": scratch}, capture_output=True, text=True)
            if answer.returncode != 0:
                yield answer.stderr
    answer = subprocess.run([program, "drain", "--help"], capture_output=True, text=True)
    if answer.returncode != 0:
        yield "there is no `lastframe drain`, which the sidecar's preStop runs"


def main(root, program=None, folder=None):
    found = faults(root, folder) + (list(refused(root, program)) if program else [])
    print("\n".join(found) or "deploy/kubernetes fits together")
    return 1 if found else 0


if __name__ == "__main__":
    rest = sys.argv[1:]
    where = pathlib.Path(rest.pop(rest.index("--rendered") + 1)) if "--rendered" in rest else None
    sys.exit(main(*[each for each in rest if each != "--rendered"], folder=where))
