#!/usr/bin/env python3
"""Checks that structure.py finds what is planted.

    structure_test.py ROOT
"""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from structure import faults

ROOT = pathlib.Path()
ALERTS = "deploy/prometheus/lastframe.alerts.yml"
RULES = "deploy/prometheus/lastframe.rules.yml"
DASHBOARD = "deploy/grafana/dashboards/lastframe.json"
RUNBOOK = "docs/runbook.md"
METRICS = "telemetry/metric_info.cpp"


class Structure(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        for folder in ("deploy/prometheus", "deploy/grafana", "telemetry", "docs", "tests/prometheus"):
            shutil.copytree(ROOT / folder, self.root / folder)

    def replace(self, path, old, new):
        text = (self.root / path).read_text()
        self.assertIn(old, text)
        (self.root / path).write_text(text.replace(old, new, 1))

    def panel(self, change):
        path = self.root / DASHBOARD
        dashboard = json.loads(path.read_text())
        change(next(panel for panel in dashboard["panels"] if panel["title"] == "Closes by code"), dashboard)
        path.write_text(json.dumps(dashboard))

    def to_come(self, name):
        (self.root / "tests/prometheus/to_come.json").write_text(json.dumps([name]))

    def expect(self, fault):
        found = faults(self.root)
        self.assertTrue(any(fault in each for each in found), f"{fault!r} is not in {found}")

    def test_a_metric_that_is_not_exported(self):
        self.replace(ALERTS, "lastframe_draining == 1", "lastframe_dreining == 1")
        self.expect("LastframeDrainSlow: nothing exports lastframe_dreining")

    def test_a_metric_that_the_exporter_lost(self):
        self.replace(METRICS, '"lastframe_tunnels"', '"lastframe_open_now"')
        self.expect("nothing exports lastframe_tunnels")
        self.expect("lastframe_open_now is exported, and stands in no rule and no panel")

    def test_a_metric_to_come_that_has_come(self):
        self.to_come("lastframe_draining")
        self.expect("lastframe_draining has come")

    def test_a_metric_to_come_that_nothing_shows(self):
        self.to_come("lastframe_elephants")
        self.expect("lastframe_elephants is to come, and stands in no rule and no panel")

    def test_a_metric_to_come_that_something_shows(self):
        self.to_come("lastframe_elephants")
        self.replace(ALERTS, "lastframe_draining == 1", "lastframe_elephants == 1")
        self.assertEqual(faults(self.root), [])

    def test_an_alert_without_severity(self):
        self.replace(ALERTS, "labels: {severity: critical}", "labels: {}")
        self.expect("LastframeTargetDown: severity")

    def test_an_alert_whose_runbook_has_no_section(self):
        self.replace(RUNBOOK, "### LastframeOverload", "### Overload")
        self.expect("LastframeOverload: its runbook_url")
        self.expect("the link to #lastframeoverload leads nowhere")

    def test_a_cause_or_code_that_the_runbook_does_not_know(self):
        self.replace(RUNBOOK, "| `handshake_timeout` |", "| a timeout |")
        self.replace(RUNBOOK, "| 1010 |", "| ten |")
        self.expect("no row tells of cause handshake_timeout")
        self.expect("no row tells of code 1010")

    def test_a_code_without_class_or_of_another_colour(self):
        self.replace(RULES, "1010|1011", "1011")
        self.expect("code 1010: of classes []")
        self.replace(DASHBOARD, "/^1015/", "/^1016/")
        self.expect("panel 'Closes by code': code 1015 is []")

    def test_a_panel_that_lacks_what_each_must_have(self):
        self.panel(lambda panel, _: panel.pop("description"))
        self.expect("panel 'Closes by code': has no description")
        self.panel(lambda panel, _: panel["fieldConfig"]["defaults"].clear())
        self.expect("panel 'Closes by code': has no unit")
        self.expect("panel 'Closes by code': has no no-value text")

    def test_an_id_that_stands_twice_and_panels_that_overlap(self):
        self.panel(lambda panel, all_: panel.update(id=all_["panels"][0]["id"], gridPos=all_["panels"][0]["gridPos"]))
        self.expect("stands more than once")
        self.expect("lies over another")

    def test_a_window_that_is_fixed(self):
        self.panel(lambda panel, _: panel["targets"][0].update(expr="rate(lastframe_frames_total[5m])"))
        self.expect("looks back over 5m")

    def test_an_alert_that_no_test_sees_resolved(self):
        path = "tests/prometheus/drain.test.yml"
        self.replace(path, "{eval_time: 12m, alertname: LastframeDrainSlow, exp_alerts: []}", "{}")
        self.expect("LastframeDrainSlow: no test sees it")

    def test_the_tree_as_it_is(self):
        self.assertEqual(faults(self.root), [])


if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
