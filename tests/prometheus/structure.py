#!/usr/bin/env python3
"""Checks that rules, alerts, dashboard and runbook agree with each other and with what telemetry/ exports.

    structure.py ROOT

What only a running Prometheus can tell is live.test.mjs'.
"""

import re
import sys

from sources import METRIC, Sources

COLOURS = {"clean": "green", "restart": "blue", "service": "purple", "failure": "orange", "abnormal": "red"}


def metrics_exist(all_):
    known = all_.exported() | {rule.name for rule in all_.rules} | set(all_.to_come)
    for where, expression in all_.expressions():
        for name in set(METRIC.findall(expression)) - known:
            yield f"{where}: nothing exports {name}"
        if re.search(r"or\s+vector|\babsent\(lastframe", expression):
            yield f"{where}: makes up a value where there is none"
    for name in set(METRIC.findall(all_.runbook)) - known:
        yield f"runbook: nothing exports {name}"
    shown = " ".join(expression for _, expression in all_.expressions())
    for name in all_.to_come:
        if name in all_.exported():
            yield f"{name} has come: strike it from to_come.json, and let it be seen above 0"
        if not re.search(rf"\b{name}\b", shown):
            yield f"{name} is to come, and stands in no rule and no panel"
    for name in sorted(name for name in all_.exported() if name.startswith("lastframe_")):
        # A histogram is shown by its buckets.
        if not re.search(rf"\b{name}(_bucket)?\b", shown) and not re.search(r"_(sum|count)$", name):
            yield f"{name} is exported, and stands in no rule and no panel"


def alerts_are_whole(all_):
    anchors = headings(all_.runbook)
    for alert in all_.alerts:
        if alert.field("severity") not in ("critical", "warning"):
            yield f"{alert.name}: severity is neither critical nor warning"
        for key in ("for", "summary", "runbook_url"):
            if not alert.field(key):
                yield f"{alert.name}: has no {key}"
        page, _, anchor = (alert.field("runbook_url") or "").partition("#")
        if page != "docs/runbook.md" or anchor not in anchors:
            yield f"{alert.name}: its runbook_url leads to no heading of docs/runbook.md"


def headings(page):
    """The anchors of a page's headings, as forges make them."""
    found = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def runbook_is_whole(all_):
    anchors = headings(all_.runbook)
    for anchor in re.findall(r"\]\(#([^)]*)\)", all_.runbook):
        if anchor not in anchors:
            yield f"runbook: the link to #{anchor} leads nowhere"
    rows = re.findall(r"^\| (.*?) \|", all_.runbook, re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"`([a-z_]+)`", row)}
    for cause in all_.causes:
        if cause not in named:
            yield f"runbook: no row tells of cause {cause}"
    codes = {word for row in rows for word in re.findall(r"\b\d{4}\b", row)}
    for first, last in all_.codes:
        if first == last and first not in codes and first != "1004":  # 1004 is never counted
            yield f"runbook: no row tells of code {first}"


def classes_agree(all_):
    """Each code belongs to one class, whose colour the panels give it."""
    patterns = {}
    for rule in all_.rules:
        if rule.field("class"):
            patterns[rule.field("class")] = re.search(r'code=~?"([^"]*)"', rule.text)[1]
    labels = {first for first, _ in all_.codes if first != "1004"} | {"3999", "4001", "other"}
    for label in sorted(labels):
        classes = [name for name, pattern in patterns.items() if re.fullmatch(pattern, label)]
        if len(classes) != 1:
            yield f"code {label}: of classes {classes}, not of one"
            continue
        for panel in all_.panels():
            if "{{code}}" not in panel["targets"][0].get("legendFormat", ""):
                continue
            colours = [
                item["properties"][0]["value"]["fixedColor"].split("-")[-1]  # light or dark as it may be
                for item in panel["fieldConfig"]["overrides"]
                if re.search(item["matcher"]["options"].strip("/"), f"{label} name")
            ]
            if colours != [COLOURS[classes[0]]]:
                yield f"panel {panel['title']!r}: code {label} is {colours}, not {COLOURS[classes[0]]}"
    bad = {label for label in labels for kind in ("failure", "abnormal") if re.fullmatch(patterns[kind], label)}
    for panel in all_.panels():
        if "abnormal" in panel["title"].lower():
            shown = re.search(r'code=~"([^"]*)"', panel["targets"][0]["expr"])[1]
            if set(shown.split("|")) != bad:
                yield f"panel {panel['title']!r}: its codes differ from classes failure and abnormal"


def panels_are_whole(all_):
    ids = [panel["id"] for panel in all_.dashboard["panels"]]
    for twice in {i for i in ids if ids.count(i) > 1}:
        yield f"dashboard: id {twice} stands more than once"
    cells = set()
    for panel in all_.dashboard["panels"]:
        at = panel["gridPos"]
        area = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if at["x"] + at["w"] > 24 or area & cells:
            yield f"panel {panel['title']!r}: lies over another, or beyond the edge"
        cells |= area
    for panel in all_.panels():
        defaults = panel["fieldConfig"]["defaults"]
        for what, there in (
            ("description", panel.get("description")),
            ("unit", defaults.get("unit")),
            ("no-value text", defaults.get("noValue")),
            ("expression", panel.get("targets")),
        ):
            if not there:
                yield f"panel {panel['title']!r}: has no {what}"
        for target in panel.get("targets", []):
            for window in re.findall(r"\[([^\]]*)\]", target["expr"]):
                if window != ("$__range" if target["instant"] else "$__rate_interval"):
                    yield f"panel {panel['title']!r}: looks back over {window}"


def variables_are_used(all_):
    names = {variable["name"] for variable in all_.dashboard["templating"]["list"]}
    if names != {"datasource", "instance", "route"}:
        yield f"dashboard: its variables are {sorted(names)}"
    for panel in all_.panels():
        for target in panel.get("targets", []):
            if target["datasource"]["uid"] != "${datasource}" or panel["datasource"]["uid"] != "${datasource}":
                yield f"panel {panel['title']!r}: its data source is fixed"
            for selector in re.findall(r"\b(?:lastframe|process)_\w+\{([^}]*)\}", target["expr"]):
                if 'instance=~"$instance"' not in selector:
                    yield f"panel {panel['title']!r}: does not heed the variable instance"


def rules_are_tested(all_):
    """Each alert is seen silent, then firing, then silent; each recorded series stands in a test."""
    for rule in all_.rules:
        if not any(rule.name in test for test in all_.tests):
            yield f"{rule.name}: no test looks at it"
    for alert in all_.alerts:
        seen = ""
        for test in all_.tests:
            for rest in re.findall(rf"alertname: {alert.name}\b(.*(?:\n.*)?)", test):
                seen += "-" if re.search(r"exp_alerts: *\[\]", rest.splitlines()[0]) else "!"
        if not re.fullmatch(r"(-+!+-+)+", seen):
            yield f"{alert.name}: no test sees it silent, firing and resolved, but {seen!r}"


CHECKS = (
    metrics_exist,
    alerts_are_whole,
    runbook_is_whole,
    classes_agree,
    panels_are_whole,
    variables_are_used,
    rules_are_tested,
)


def faults(root):
    """All that is wrong, a line each."""
    all_ = Sources(root)
    if len(all_.alerts) < 5 or len(all_.rules) < 5 or len(all_.panels()) < 10 or len(all_.causes) < 10:
        return ["the files could not be read as expected"]
    return [fault for check in CHECKS for fault in check(all_)]


def main():
    found = faults(sys.argv[1])
    print("\n".join(found) or "rules, dashboard and runbook agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
