#!/usr/bin/env python3
"""Checks the boundaries between folders by what the compiler read.

    includes.py --source ROOT --build BUILD [--ninja NINJA]

Takes each object's dependencies from `ninja -t deps`, so that an indirect include counts as much as a direct one.
Exits 0 if every object keeps RULES, 1 if not (each violation on a line of its own), 2 if there was nothing to check.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import subprocess
import sys


@dataclasses.dataclass(frozen=True)
class Rule:
    """What the objects of one target may not read. Paths of our own are relative to the source tree."""

    target: str
    # Folders of our own that may be read; within them, `only` narrows a folder down to some files.
    own: tuple
    # Regular expressions for any other path that may not be read.
    never: tuple
    only: dict = dataclasses.field(default_factory=dict)


RULES = (
    Rule(
        target="lastframe_protocol",
        own=("proxy/protocol", "telemetry"),
        only={"telemetry": ("vocabulary.hpp", "close_record.hpp", "close_code.hpp", "tally.hpp")},
        never=(r"/boost/asio", r"/boost/beast", r"/openssl/"),
    ),
    Rule(target="lastframe_telemetry", own=("telemetry",), never=()),
    Rule(
        target="lastframe_config",
        own=("proxy/config", "proxy/net", "proxy/protocol", "telemetry"),
        only={"proxy/net": ("tls_settings.hpp",)},
        never=(r"/boost/asio", r"/boost/beast", r"/openssl/"),
    ),
    Rule(
        # What judges the proxy shall not share its mistakes.
        target="lastframe_test_reference",
        own=("tests/support/reference",),
        never=(),
    ),
)

# What would make every reader of a header of ours compile for long.
NEVER_IN_HEADERS = r"boost/beast"

OWN = ("proxy/", "telemetry/", "tests/")


def recorded_dependencies(build, ninja):
    """{object: [absolute path, ...]} for all objects that exist; paths in the log are relative to the build folder."""
    log = subprocess.run([ninja, "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    found, current = {}, None
    for line in log.splitlines():
        if head := re.match(r"(\S.*): #deps \d+, deps mtime \d+ \((VALID|STALE)\)", line):
            exists = os.path.exists(os.path.join(build, head[1]))
            current = found.setdefault(head[1], []) if exists else None
        elif line.startswith("    ") and current is not None:
            current.append(os.path.normpath(os.path.join(build, line.strip())))
    return found


def violation(rule, path, source):
    """Why `path` may not be read by the rule's target, or None if it may."""
    own = os.path.relpath(path, source)
    if own.startswith(OWN):
        folder = next((f for f in rule.own if own.startswith(f + "/")), None)
        if folder is None:
            return "outside of " + ", ".join(rule.own)
        allowed = rule.only.get(folder)
        if allowed is not None and own.removeprefix(folder + "/") not in allowed:
            return f"of {folder}/ only {', '.join(allowed)} may be read"
        return None
    pattern = next((p for p in rule.never if re.search(p, path)), None)
    return f"matches {pattern}" if pattern else None


def heavy_headers(source):
    """A line of text for each of our headers that includes what only .cpp files may."""
    for own in ("proxy", "telemetry"):
        for path in sorted(pathlib.Path(source, own).rglob("*.hpp")):
            if include := re.search(rf'^#include [<"](?:{NEVER_IN_HEADERS}).*', path.read_text(), re.MULTILINE):
                yield f"header: {path.relative_to(source)} says {include[0]}, which only .cpp files may"


def check(source, build, ninja):
    """All violations as lines of text; raises LookupError for a rule whose target has no objects."""
    dependencies = recorded_dependencies(build, ninja)
    lines = list(heavy_headers(source))
    for rule in RULES:
        objects = {name: paths for name, paths in dependencies.items() if f"/{rule.target}.dir/" in f"/{name}"}
        if not any(os.path.relpath(p, source).startswith(OWN) for paths in objects.values() for p in paths):
            raise LookupError(f"no dependencies are recorded for {rule.target}: is it built?")
        for name, paths in sorted(objects.items()):
            for path in paths:
                if reason := violation(rule, path, source):
                    lines.append(f"{rule.target}: {os.path.basename(name)} reads {path} ({reason})")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", required=True, type=os.path.realpath)
    parser.add_argument("--build", required=True, type=os.path.realpath)
    parser.add_argument("--ninja", default="ninja")
    options = parser.parse_args()
    try:
        lines = check(options.source, options.build, options.ninja)
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines) if lines else f"{len(RULES)} targets keep to their boundaries")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
