"""Reads what the checks compare: the exporter's metrics, rules and alerts, the dashboard, the runbook."""

import dataclasses
import json
import pathlib
import re

METRIC = re.compile(r"\b(?:lastframe|process)_[a-z0-9_]+\b|\bjob_route:[a-z0-9_:]+")


@dataclasses.dataclass
class Rule:
    """One `record` or `alert` of a rule file; `fields` are its lines by key, `text` is all of it."""

    kind: str
    name: str
    text: str

    def field(self, key):
        """The value of `key`, wherever it stands in the rule; None if there is none."""
        found = re.search(rf"\b{key}: *'?([^'\n}}]+)", self.text)
        return found[1].strip() if found else None

    def expression(self):
        found = re.search(r"^ +expr: (?:\|-\n)?((?:.*\n)(?: {10,}.*\n)*)", self.text, re.MULTILINE)
        return found[1].strip()


class Sources:
    """All of it, below `root`, the repository's top."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.rules = self._rules("lastframe.rules.yml")
        self.alerts = self._rules("lastframe.alerts.yml")
        self.dashboard = json.loads(self._read("deploy/grafana/dashboards/lastframe.json"))
        self.runbook = self._read("docs/runbook.md")
        self.codes = re.findall(r"^    \{(\d+), (\d+), \"", self._read("telemetry/close_code.cpp"), re.MULTILINE)
        words = self._read("telemetry/vocabulary.hpp")
        enum = re.search(r"enum class cause .*?\{(.*?)\};", words, re.DOTALL)[1]
        self.causes = re.findall(r"^ *([a-z_]+),", enum, re.MULTILINE)
        # Metrics of features to come: what looks at them ships, and yields nothing yet.
        self.to_come = json.loads(self._read("tests/prometheus/to_come.json"))
        self.tests = [path.read_text() for path in sorted((self.root / "tests/prometheus").glob("*.test.yml"))]

    def _read(self, path):
        return (self.root / path).read_text()

    def _rules(self, name):
        text = self._read("deploy/prometheus/" + name)
        parts = re.split(r"^ +- (record|alert): (.*)$", text, flags=re.MULTILINE)
        # A comment or group that follows belongs to the next rule.
        ends = re.compile(r"^(?: +#| *- name:).*", re.MULTILINE | re.DOTALL)
        return [Rule(kind, rule.strip(), ends.sub("", rest)) for kind, rule, rest in zip(parts[1::3], parts[2::3], parts[3::3])]

    def exported(self):
        """The names of all series that /metrics has, from their descriptions."""
        names = set()
        described = re.findall(r'\{"([a-z0-9_]+)", (\w+)_type', self._read("telemetry/metric_info.cpp"))
        for name, kind in described:
            names.add(name)
            if kind == "histogram":
                names.update(name + suffix for suffix in ("_bucket", "_sum", "_count"))
        return names

    def panels(self):
        """All panels but the rows' headings."""
        return [panel for panel in self.dashboard["panels"] if panel["type"] != "row"]

    def expressions(self):
        """All PromQL that ships, as pairs of where and what."""
        for rule in self.rules + self.alerts:
            yield rule.name, rule.expression()
        for panel in self.panels():
            for target in panel.get("targets", []):
                yield f"panel {panel['title']!r}", target["expr"]
        for note in self.dashboard["annotations"]["list"]:
            if "target" in note:
                yield f"annotation {note['name']!r}", note["target"]["expr"]
        for variable in self.dashboard["templating"]["list"]:
            if variable["type"] == "query":
                yield f"variable {variable['name']!r}", variable["query"]["query"]
