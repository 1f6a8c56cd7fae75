#!/usr/bin/env python3
"""Checks that the manual pages name every command, option and key, and none that does not exist.

    manual_test.py ROOT LASTFRAME
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import program

ROOT, LASTFRAME = pathlib.Path(sys.argv[1]), sys.argv[2]
PROGRAM_PAGE = ROOT / "deploy/man/lastframe.8"
FILE_PAGE = ROOT / "deploy/man/lastframe.yaml.5"


def long_options(line):
    return re.findall(r"(?:Fl|,) -([a-z-]+)", line)


def options_in(page):
    """({command: {option: text}}, {command: options of the synopsis}); None is the program itself."""
    described, shown = {None: {}}, {None: set()}
    section, command, option = "", None, None
    for line in page.splitlines():
        if line.startswith(".Sh "):
            section, command, option = line[4:], None, None
        elif section == "SYNOPSIS":
            command = None if line == ".Nm" else command
            if match := re.match(r"\.Cm ([a-z]+)", line):
                command = match[1]
            shown.setdefault(command, set()).update("--" + each for each in long_options(line))
        elif section == "COMMANDS" and (match := re.match(r"\.It Cm ([a-z]+)", line)):
            command, option = match[1], None
            described[command] = {}
        elif line.startswith(".It Fl "):
            for option in long_options(line):
                described[command]["--" + option] = ""
        elif option:
            described[command]["--" + option] += line + "\n"
    return described, shown


def faults_of_options(page):
    described, shown = options_in(page)
    faults = []
    for command in {None, *program.commands_of(LASTFRAME), *described}:
        if command is not None and command not in program.commands_of(LASTFRAME):
            faults.append(f"{command}: no such command")
            continue
        real = program.options_of(LASTFRAME, command)
        documented = described.get(command)
        if documented is None:
            faults.append(f"{command}: not described")
            continue
        documented = {option: text for option, text in documented.items() if option != "--help"}
        faults += [f"{command} {each}: not described" for each in real.keys() - documented.keys()]
        faults += [f"{command} {each}: no such option" for each in documented.keys() - real.keys()]
        faults += [f"{command} {each}: not in the synopsis" for each in real.keys() ^ shown.get(command, set())]
        faults += [
            f"{command} {option}: its default {default} is not told"
            for option, default in real.items()
            if default and default not in documented.get(option, default)
        ]
    return faults


def keys_of_reference(text):
    """{path: (value, whether it stands commented out)} of the keys that have a value of their own."""
    found, above = {}, []
    for line in text.splitlines():
        match = re.match(r"( *)(# )?( *)(- )?([a-z_]+):(?: +([^#\s].*?))?(?:\s+#.*)?$", line)
        if not match:
            continue
        indent = sum(len(match[each] or "") for each in (1, 3, 4))
        while above and above[-1][0] >= indent:
            above.pop()
        above.append((indent, match[5]))
        path = ".".join(key for _, key in above)
        inner = re.findall(r"([a-z_]+): *([^,}]+)", match[6]) if (match[6] or "").startswith("{") else []
        found.setdefault(path, (match[6] or "", bool(match[2])))
        for key, value in inner:
            found.setdefault(f"{path}.{key}", (value, bool(match[2])))
    return {path: each for path, each in found.items() if not any(other.startswith(path + ".") for other in found)}


def keys_of_page(page):
    """{path: (value or None, text)}; a key's text begins with its section's."""
    found, prefixes, intro, key = {}, [], "", None
    for line in page.splitlines():
        if line.startswith(".S"):
            title = line[4:].replace("[]", "")
            prefixes = [""] if title == "Other keys" else [each + "." for each in title.split(" , ")]
            intro, key = "", None
        elif match := re.match(r"\.It Cm ([a-z_]+)(?: : (.*))?$", line):
            key, value = match[1], (match[2] or "").replace(r"\(dq", '"')
            for each in prefixes:
                found[each + key] = (None if value.startswith("Ar ") else value, intro)
        elif key is None:
            intro += line + "\n"
        else:
            for each in prefixes:
                found[each + key] = (found[each + key][0], found[each + key][1] + line + "\n")
    return found


def faults_of_keys(page, reference):
    real, described = keys_of_reference(reference), keys_of_page(page)
    faults = [f"{each}: not described" for each in real.keys() - described.keys()]
    faults += [f"{each}: no such key" for each in described.keys() - real.keys()]
    for path in real.keys() & described.keys():
        (default, commented), (value, text) = real[path], described[path]
        if value is not None and value != default:
            faults.append(f"{path}: the default is {default}, not {value}")
        # TLS stands commented out too, since its files would have to exist.
        unsupported = commented and "tls" not in path.split(".")
        if unsupported != ("Not supported yet." in text):
            faults.append(f"{path}: {'not ' if unsupported else ''}supported, and the page says otherwise")
    return faults


class manual(unittest.TestCase):
    def test_every_option_is_described_and_no_other(self):
        self.assertEqual(faults_of_options(PROGRAM_PAGE.read_text()), [])

    def test_a_fault_among_the_options_is_found(self):
        page = PROGRAM_PAGE.read_text()
        for old, new, fault in (
            (".It Fl -no-clients\n", "", "demo --no-clients: not described"),
            (".It Fl -no-clients\n", ".It Fl -no-clients\n.It Fl -fast\n", "demo --fast: no such option"),
            (".It Cm check ", ".It Cm verify ", "check: not described"),
            (".It Cm check ", ".It Cm verify ", "verify: no such command"),
            (".Op Fl -no-clients\n", "", "demo --no-clients: not in the synopsis"),
            ("is 8080.", "is 80.", "demo --port: its default 8080 is not told"),
        ):
            self.assertIn(old, page)
            self.assertIn(fault, faults_of_options(page.replace(old, new)))

    def test_every_key_is_described_with_its_default_and_no_other(self):
        reference = (ROOT / "configs/reference.yaml").read_text()
        self.assertGreater(len(keys_of_reference(reference)), 50)
        self.assertEqual(faults_of_keys(FILE_PAGE.read_text(), reference), [])

    def test_a_fault_among_the_keys_is_found(self):
        reference = "limits:\n  closing: 5  # some\n  # later: {a: 1, b: 2}\nroutes:\n  - tls:\n      # key: /file\n"
        page = (
            ".Ss limits\n.It Cm closing : 5\n"
            ".Ss limits.later\nNot supported yet.\n.It Cm a : 1\n.It Cm b : 2\n"
            ".Ss routes[].tls\n.It Cm key : Ar file\n"
        )
        self.assertEqual(faults_of_keys(page, reference), [])
        for old, new, fault in (
            (".It Cm closing : 5\n", "", "limits.closing: not described"),
            ("closing", "opening", "limits.opening: no such key"),
            (": 5", ": 6", "limits.closing: the default is 5, not 6"),
            ("Not supported yet.\n", "", "limits.later.b: not supported, and the page says otherwise"),
            (": 5\n", ": 5\nNot supported yet.\n", "limits.closing: supported, and the page says otherwise"),
        ):
            self.assertIn(fault, faults_of_keys(page.replace(old, new), reference))

    def test_the_example_is_a_configuration(self):
        example = re.search(r"^\.Bd -literal.*?\n(.*?)^\.Ed", FILE_PAGE.read_text(), re.DOTALL | re.MULTILINE)[1]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(example)
            file.flush()
            answer = program.run(LASTFRAME, "check", file.name)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))

    def test_the_pages_are_well_formed(self):
        for page in (PROGRAM_PAGE, FILE_PAGE):
            lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
            self.assertEqual((lint.returncode, lint.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
