#!/usr/bin/env python3
"""Checks deploy/compose.yaml against the files that it mounts and the addresses in them.

    compose.py ROOT [LASTFRAME]

With LASTFRAME, the program's path, it also has to accept the configuration and the demo's options.
"""

import pathlib
import re
import subprocess
import sys

from kustomize import read_one
from settings import Settings, port_of, seconds

# Where the images of Prometheus and Grafana listen, and from where Prometheus reads its configuration.
PORTS = {"prometheus": 9090, "grafana": 3000}
PROMETHEUS_CONFIG = "/etc/prometheus/prometheus.yml"


class Compose:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.folder = self.root / "deploy"
        self.services = read_one(self.folder / "compose.yaml")["services"]
        self.settings = Settings(self.root, (self.folder / "compose/lastframe.yaml").read_text())
        self.prometheus = read_one(self.folder / "prometheus/prometheus.yml")

    def mounts(self, name):
        """What a service sees at its paths: files of ours."""
        parts = [each.split(":") for each in self.services[name].get("volumes", [])]
        return {target: self.folder / source for source, target, _ in parts}

    def seen(self, name, path):
        """Our file behind a service's path, or none."""
        for target, source in self.mounts(name).items():
            if path == target or path.startswith(target + "/"):
                return source / path[len(target):].strip("/") if path != target else source
        return pathlib.Path("/nonexistent")

    def demo(self, option):
        command = self.services["service"]["command"]
        return int(command[command.index(option) + 1])


def files(all_):
    for name, service in all_.services.items():
        for target, source in all_.mounts(name).items():
            if not source.exists():
                yield f"{name}: {source} does not exist"
        for mount in service.get("volumes", []):
            if not mount.endswith(":ro"):
                yield f"{name}: {mount} may be written to"
        if "build" in service and not (all_.folder / service["build"]["context"] / "Dockerfile").exists():
            yield f"{name}: nothing to build from in {service['build']['context']}"
        for other in [*service.get("depends_on", []), service.get("network_mode", "service:lastframe").partition(":")[2]]:
            if other not in all_.services:
                yield f"{name}: there is no {other}"
        if "build" not in service and service["image"] != all_.services["lastframe"]["image"] and not re.search(r":v?\d", service["image"]):
            yield f"{name}: the image {service['image']} names no version"
    default = re.search(r"^COPY \S+ (/etc/lastframe/\S+)$", (all_.root / "Dockerfile").read_text(), re.MULTILINE)[1]
    if default not in all_.mounts("lastframe"):
        yield f"lastframe: its configuration is not mounted at {default}"


def addresses(all_):
    """All share one network: each port has one owner."""
    telemetry = all_.settings.telemetry[1]
    demo = [all_.demo("--port"), all_.demo("--telemetry-port")]
    public = [*all_.settings.listeners, telemetry, *PORTS.values()]
    if len({*public, *demo}) != len(public) + len(demo):
        yield f"a port is used twice: {public + demo}"
    if any(each.get("network_mode") != "service:lastframe" for name, each in all_.services.items() if name != "lastframe"):
        yield "not all share lastframe's network"
    published = [each.rsplit(":", 2) for each in all_.services["lastframe"]["ports"]]
    if {int(inner) for _, _, inner in published} != set(public):
        yield f"publishes {published}, and listens at {public}"
    for host, outer, inner in published:
        if host != "127.0.0.1" or outer != inner:
            yield f"port {inner} is published at {host}:{outer}"
    routes = {each["name"]: port_of(each["upstream"]["endpoints"][0]) for each in all_.settings.own["routes"]}
    if routes["demo"] != demo[0] or routes["down"] in public + demo:
        yield f"routes lead to {routes}, the demo listens at {demo[0]}"
    if port_of(all_.services["service"]["healthcheck"]["test"][-1]) != demo[1]:
        yield "service: its health check asks another port than the demo's telemetry"
    if port_of(all_.services["clients"]["command"][-1]) not in all_.settings.listeners:
        yield "clients: nobody listens where they connect to"
    if seconds(all_.services["lastframe"]["stop_grace_period"]) <= all_.settings.drain("deadline"):
        yield "lastframe: stop_grace_period is not above drain.deadline"


def dashboards(all_):
    """From lastframe's telemetry to the first page of Grafana."""
    if not all_.seen("prometheus", PROMETHEUS_CONFIG).is_file():
        yield f"prometheus: there is no {PROMETHEUS_CONFIG}"
    for name in all_.prometheus["rule_files"]:
        if not all_.seen("prometheus", f"/etc/prometheus/{name}").is_file():
            yield f"prometheus: there is no {name}"
    targets = {target for job in all_.prometheus["scrape_configs"] for each in job["static_configs"] for target in each["targets"]}
    if targets != {f"localhost:{all_.settings.telemetry[1]}"}:
        yield f"prometheus: scrapes {targets}"
    source = read_one(all_.seen("grafana", "/etc/grafana/provisioning/datasources/prometheus.yml"))["datasources"][0]
    if source["url"] != f"http://localhost:{PORTS['prometheus']}":
        yield f"grafana: looks for Prometheus at {source['url']}"
    provider = read_one(all_.seen("grafana", "/etc/grafana/provisioning/dashboards/lastframe.yml"))["providers"][0]
    home = all_.services["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    if not home.startswith(provider["options"]["path"] + "/") or not all_.seen("grafana", home).is_file():
        yield f"grafana: its first page {home} is not there"


def refused(all_, program):
    def run(*command):
        return subprocess.run([program, *command], capture_output=True, text=True)

    answer = run("check", all_.folder / "compose/lastframe.yaml")
    if answer.returncode != 0:
        yield answer.stderr
    known = run("demo", "--help").stdout
    for option in (each for each in all_.services["service"]["command"] if each.startswith("--")):
        if not re.search(rf"{option}\b", known):
            yield f"service: the demo knows no {option}"


def faults(root):
    """All that does not hold, as texts."""
    all_ = Compose(root)
    return [fault for check in (files, addresses, dashboards) for fault in check(all_)]


def main(root, program=None):
    found = faults(root) + (list(refused(Compose(root), program)) if program else [])
    print("\n".join(found) or "deploy/compose.yaml fits together")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
