#!/usr/bin/env python3
"""Checks that the JSON Schema and the proxy judge configurations alike, but for what cases.txt says.

    schema_test.py ROOT LASTFRAME JUDGE
"""

import copy
import json
import pathlib
import re
import subprocess
import sys
import unittest

import core_yaml
import jsonschema
import yaml

ROOT, LASTFRAME, JUDGE = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.path.insert(0, str(ROOT / "tests/architecture"))
from documents import blocks, pages  # noqa: E402

SCHEMA = json.loads(subprocess.run([LASTFRAME, "schema"], check=True, capture_output=True, text=True).stdout)
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)
LEAST = {"listeners": [{"address": "127.0.0.1:80"}], "routes": [{"name": "a", "upstream": {"endpoints": ["a:1"]}}]}
CASES = pathlib.Path(__file__).parent / "cases.txt"
PLACEHOLDER = "the_value"
# What else must stand where only one value is set; the sum of a drain's parts is beyond the schema.
FILES = {"certificate": "a", "key": "b"}
BESIDE = {"listeners.0.tls": FILES, "routes.0.upstream.tls": FILES, "drain": {"delay": "0s", "spread": "0s"}}
REASONS = {"several values", "the machine", "variables", "notation", "IPv6", "YAML"}


def schema_accepts(text):
    try:
        return VALIDATOR.is_valid(core_yaml.load(text))
    except yaml.YAMLError:
        return False


def faults_of(texts):
    """What the proxy says of each."""
    said = subprocess.run([JUDGE], input="\0".join(texts), check=True, capture_output=True, text=True, timeout=120)
    return [json.loads(line) for line in said.stdout.splitlines()]


def document_with(path, value):
    """The least document with this text as a value; `.` is the whole document."""
    if path == ".":
        return value
    document = copy.deepcopy(LEAST)
    place, done = document, []
    *way, last = path.split(".") if "{" not in path else [path]
    for step in way:
        done.append(step)
        if isinstance(place, list):
            place = place[int(step)]
        else:
            place = place.setdefault(step, copy.deepcopy(BESIDE.get(".".join(done), {})))
    place[last] = PLACEHOLDER
    text = yaml.safe_dump(document, sort_keys=False)
    indent = re.search(rf"^[ -]*(?=[^\n]*{PLACEHOLDER})", text, re.MULTILINE)[0].replace("-", " ")
    return text.replace(PLACEHOLDER, value.replace("\\n", "\n" + indent))


def cases(text):
    """(verdict, reason, path, value) of each line."""
    path = None
    for line in text.splitlines():
        if header := re.fullmatch(r"\[(\S+)\]", line):
            path = header[1]
        elif line and not line.startswith("#"):
            verdict, reason, value = re.fullmatch(r"(good|bad|beyond) +(?:(?<=beyond )\[(.*?)\] )?(.*)", line).groups()
            yield verdict, reason, path, value
            if verdict == "good" and re.fullmatch(r"[\w/.:-]+", value):
                yield verdict, reason, path, f"${{A_NAME:-{value}}}"


def leaves(schema, path=()):
    """The paths of all keys, by the first item of each list."""
    if "$ref" in schema:
        schema = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
    for name, below in schema.get("properties", {}).items():
        yield ".".join((*path, name))
        yield from leaves(below, (*path, name))
    if schema.get("type") == "array":
        yield from leaves(schema["items"], (*path, "0"))
    for option in schema.get("anyOf", []):
        if option.get("type") != "array":
            yield from leaves(option, path)


def patterns(schema):
    """Each regular expression in the schema."""
    for name, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if name == "pattern":
            yield value
        elif isinstance(value, (dict, list)):
            if name == "patternProperties":
                yield from value
            yield from patterns(value)


JAVASCRIPT = """
const { patterns, texts } = JSON.parse(require('fs').readFileSync(0));
console.log(JSON.stringify(patterns.map(each => texts.map(text => new RegExp(each, 'u').test(text)))));
"""

# Whatever the key: most of these are wrong for it.
ODDITIES = (
    "0", "1", "-1", "64", *map(str, range(999, 1017)), "2999", "3000", "4999", "5000", "99999999999", "1.5",
    "true", "false", "off", "auto", "drop", "unlimited", "0s", "20s", "20 s", "1ms", "20x", "1B", "16KiB", "2GiB", "a", "A b", "/a", "a:1", "unix:/a",
    "127.0.0.1:0", '"[::1]:1"', '""', '"5"', "~", "[]", "{}", "[a]", "[~]", "['a:1']", "{a: b}", "${A_NAME:-5}$",
)


class schema(unittest.TestCase):
    maxDiff = None

    def test_is_valid_itself(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_agrees_with_the_proxy_on_every_case(self):
        table = list(cases(CASES.read_text()))
        self.assertGreater(len(table), 300)
        texts = [document_with(path, value) for _, _, path, value in table]
        wrong = []
        for (verdict, reason, path, value), text, faults in zip(table, texts, faults_of(texts), strict=True):
            by_schema, by_proxy = schema_accepts(text), not faults
            expected = {"good": (True, True), "bad": (False, False)}.get(verdict)
            if expected and (by_schema, by_proxy) != expected:
                wrong.append((path, value, f"{verdict}, but schema: {by_schema}, proxy: {by_proxy} {faults}"))
            elif verdict == "beyond" and (by_schema == by_proxy or reason not in REASONS):
                wrong.append((path, value, f"not beyond: {by_schema}, or not for a known reason"))
        self.assertEqual(wrong, [])

    def test_agrees_with_the_proxy_on_every_key_with_odd_values(self):
        table = [(path, value) for path in sorted(set(leaves(SCHEMA))) for value in ODDITIES]
        self.assertGreater(len(table), 2000)
        self.compare([document_with(*each) for each in table])

    def test_agrees_with_the_proxy_on_every_unknown_key(self):
        places = sorted({path.rpartition(".")[0] for path in leaves(SCHEMA)})
        self.compare([document_with(f"{place}.strange".lstrip("."), "1") for place in places], expected=False)

    def test_agrees_with_the_proxy_on_what_is_shown(self):
        shown = [each.read_text() for each in (ROOT / "configs").glob("*.yaml")]
        shown += [block.text for page in pages(ROOT) for block in blocks(page, "yaml")
                  if re.search(r"^listeners:.*^routes:", block.text, re.DOTALL | re.MULTILINE)]
        self.assertGreater(len(shown), 5)
        self.compare(shown, expected=True)

    def test_its_patterns_are_the_same_to_editors_which_are_javascript(self):
        asked = {
            "patterns": sorted(set(patterns(SCHEMA))),
            "texts": [*ODDITIES, *(value.strip('"') for *_, value in cases(CASES.read_text()))],
        }
        self.assertGreater(len(asked["patterns"]), 15)
        said = subprocess.run(["node", "-e", JAVASCRIPT], input=json.dumps(asked), check=True, capture_output=True,
                              text=True, timeout=60)
        here = [[re.search(each, text) is not None for text in asked["texts"]] for each in asked["patterns"]]
        self.assertEqual(json.loads(said.stdout), here)

    def compare(self, texts, expected=None):
        wrong = []
        for text, faults in zip(texts, faults_of(texts), strict=True):
            by_schema, by_proxy = schema_accepts(text), not faults
            if by_schema != by_proxy or expected not in (None, by_proxy):
                wrong.append(f"{text}\nschema: {by_schema}, proxy: {by_proxy} {faults}")
        self.assertEqual("\n\n".join(wrong[:10]), "", f"{len(wrong)} of {len(texts)}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
