#!/usr/bin/env python3
"""A Prometheus reads the demo; all that ships is run against it.

    live.py ROOT LASTFRAME

Checks that `promtool check metrics` finds nothing, that rules and alerts evaluate, that every selector that ships
matches series, that every panel's expression yields data, and a value above 0 but for what the demo does not cause.
Waits are for events and end after DEADLINE; all processes are its own and end with it.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from sources import Sources

DEADLINE = 90 * float(os.environ.get("LASTFRAME_TEST_SLOW", "1"))
# What the demo does not cause, by title and number of the expression: these need yield no more than zeros.
AT_REST = {
    ("Draining", 0): "nothing drains",
    ("Legs under backpressure", 0): "its clients read at once",
    ("Pings and missing answers", 1): "its peers answer every Ping",
    ("Drains", 0): "nothing drains",
    ("Drains", 1): "nothing drains",
}
VARIABLES = {"$__rate_interval": "8s", "$__range": "1m", "$instance": ".*", "$route": ".*"}

CONFIGURATION = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}/lastframe.rules.yml, {rules}/lastframe.alerts.yml]
scrape_configs:
  - job_name: lastframe
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


class Failure(Exception):
    """What a test ends with."""


@contextlib.contextmanager
def running(command, log):
    """The process, ended and reaped behind the block."""
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def get(port, path, **query):
    url = f"http://127.0.0.1:{port}{path}"
    if query:
        url += "?" + urllib.parse.urlencode(query, doseq=True)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.read().decode()


def listening(process):
    """The loopback ports on which the process listens now."""
    if process.poll() is not None:
        raise Failure(f"{process.args[0]} ended by itself with {process.returncode}")
    sockets = set()
    for link in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets.update(re.findall(r"socket:\[(\d+)\]", os.readlink(link)))
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in sockets:
            yield int(fields[1].partition(":")[2], 16)


def eventually(what, look):
    """The first true value of `look()`."""
    until = time.monotonic() + DEADLINE
    fault = None
    while time.monotonic() < until:
        try:
            found = look()
            if found:
                return found
        except (OSError, ValueError) as error:
            fault = error
        time.sleep(0.2)  # between looks, at most DEADLINE in all
    raise Failure(f"not within {DEADLINE:.0f} s: {what} ({fault})")


def port_answering(process, path, sign):
    """The port of the process that answers `path` with `sign` in the body."""

    def look():
        for port in listening(process):
            with contextlib.suppress(OSError, ValueError):
                if sign in get(port, path):
                    return port
        return None

    return eventually(f"{process.args[0]} answers {path}", look)


class Prometheus:
    """A server's API."""

    def __init__(self, port):
        self.port = port

    def ask(self, path, **query):
        try:
            return json.loads(get(self.port, "/api/v1/" + path, **query))["data"]
        except urllib.error.HTTPError as error:
            raise Failure(f"{path} {query}: {error.read().decode()}") from None

    def values(self, expression):
        """What the expression yields now: a list of numbers, NaN left out."""
        result = self.ask("query", query=expression)["result"]
        return [number for each in result if (number := float(each["value"][1])) == number]


def filled(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def check_metrics(port):
    linted = subprocess.run(["promtool", "check", "metrics"], input=get(port, "/metrics"), capture_output=True, text=True)
    if linted.returncode != 0 or linted.stdout or linted.stderr:
        raise Failure("promtool check metrics: " + linted.stdout + linted.stderr)


def check_rules(server, sources):
    def look():
        groups = server.ask("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        for rule in rules:
            if rule["health"] == "err":
                raise Failure(f"{rule['name']}: {rule['lastError']}")
        return rules and all(rule["health"] == "ok" for rule in rules)

    eventually("all rules were evaluated", look)
    for rule in sources.rules:
        eventually(f"{rule.name} yields data", lambda name=rule.name: server.values(name))


def check_selectors(server, sources):
    """A selector that matches no series has a label or value misspelt: all that can be known stand at 0."""
    for where, expression in sources.expressions():
        for selector in set(re.findall(r"(?<![\w:])(?:lastframe|process)_\w+(?:\{[^}]*\})?", filled(expression))):
            if selector.partition("{")[0] in sources.to_come:
                continue
            if not server.ask("series", **{"match[]": selector}):
                raise Failure(f"{where}: no series is {selector}")


def check_panels(server, sources):
    for panel in sources.panels():
        title = panel["title"]
        seen = []
        for number, target in enumerate(panel["targets"]):
            expression = filled(target["expr"])
            values = eventually(f"panel {title!r} yields data: {expression}", lambda e=expression: server.values(e))
            if (title, number) not in AT_REST:
                values = eventually(
                    f"panel {title!r} yields more than 0: {expression}",
                    lambda e=expression: [value for value in server.values(e) if value > 0],
                )
            seen += values
        print(f"{title}: {len(seen)} series")
    for note in sources.dashboard["annotations"]["list"]:
        # Nothing drains, and nothing reloads yet.
        if note.get("expr") and note["name"] not in ("Drains", "Reloads"):
            eventually(f"annotation {note['name']!r} yields data", lambda e=filled(note["expr"]): server.values(e))


def check_nothing_is_lost(server, sources):
    """Joining names to codes keeps every close."""
    joined = next(p for p in sources.panels() if p["title"] == "Code and cause")["targets"][0]["expr"]
    moment = time.time()
    total = 'sum(increase(lastframe_closes_total{leg="client"}[1m]))'
    sums = []
    for expression in (f"sum({filled(joined)})", total):
        sums.append(float(server.ask("query", query=expression, time=moment)["result"][0]["value"][1]))
    if abs(sums[0] - sums[1]) > 1e-6 * sums[1]:
        raise Failure(f"the table of codes shows {sums[0]} of {sums[1]} closes")


def main():
    root, lastframe = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    sources = Sources(root)
    with contextlib.ExitStack() as stack:
        scratch = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        demo = stack.enter_context(
            running([lastframe, "demo", "--port", "0", "--telemetry-port", "0"], scratch / "demo.log")
        )
        try:
            metrics = port_answering(demo, "/metrics", "lastframe_build_info")
            check_metrics(metrics)
            configuration = CONFIGURATION.format(rules=root / "deploy/prometheus", port=metrics)
            (scratch / "prometheus.yml").write_text(configuration)
            prometheus = stack.enter_context(
                running(
                    ["prometheus", f"--config.file={scratch}/prometheus.yml", f"--storage.tsdb.path={scratch}/data"]
                    + ["--web.listen-address=127.0.0.1:0", "--log.level=warn"],
                    scratch / "prometheus.log",
                )
            )
            server = Prometheus(port_answering(prometheus, "/-/ready", "Ready"))
            eventually("the demo is read", lambda: server.values("up == 1"))
            check_rules(server, sources)
            check_selectors(server, sources)
            check_panels(server, sources)
            check_nothing_is_lost(server, sources)
        except Failure as failure:
            print(f"FAILED: {failure}")
            for log in sorted(scratch.glob("*.log")):
                print(f"--- {log.name}", log.read_text(errors="replace")[-2000:], sep="\n")
            return 1
    print("every expression that ships yields data")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
