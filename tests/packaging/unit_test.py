#!/usr/bin/env python3
"""Checks the systemd unit: against the program, the configurations, and systemd's own judgement.

    unit_test.py ROOT LASTFRAME
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import program

ROOT, LASTFRAME = pathlib.Path(sys.argv[1]), sys.argv[2]
UNIT = ROOT / "deploy/systemd/lastframe.service"
SOCKET = ROOT / "deploy/systemd/lastframe.socket"
# In tenths; docs/packages.md shows the figure.
HIGHEST_EXPOSURE = "12"


def settings_of(unit):
    """{name: its values, in order}"""
    found = {}
    for name, value in re.findall(r"^([A-Za-z]+)=(.*)$", unit, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


class unit(unittest.TestCase):
    def setUp(self):
        self.text = UNIT.read_text()
        self.settings = settings_of(self.text)

    def test_a_drain_has_the_time_that_it_may_take(self):
        # Behind the deadline what is left is forced, which may take 4 s.
        for name in ("reference.yaml", "sidecar.yaml"):
            drain = re.search(r"^drain:.*?\n  deadline: (\w+)", (ROOT / "configs" / name).read_text(), re.DOTALL | re.MULTILINE)
            self.assertGreaterEqual(seconds(self.settings["TimeoutStopSec"][0]), seconds(drain[1]) + 5, name)

    def test_the_most_tunnels_that_auto_allows_have_their_descriptors(self):
        self.assertGreaterEqual(int(self.settings["LimitNOFILE"][0]), 2 * 100_000 + 256)

    def test_every_command_line_is_the_programs(self):
        lines = [line for name in ("ExecStart", "ExecReload") for line in self.settings[name] if "lastframe" in line]
        self.assertEqual(len(lines), 2)
        default = program.options_of(LASTFRAME)["--config"]
        for line in lines:
            words = line.split()
            self.assertEqual(words[0], "/usr/bin/lastframe")
            self.assertEqual(words[-1], default)
            self.assertTrue(set(words[1:-1]) <= {"--config", *program.commands_of(LASTFRAME)}, line)

    def test_the_sockets_address_is_a_listeners(self):
        [address] = settings_of(SOCKET.read_text())["ListenStream"]
        self.assertIn(f'"${{LASTFRAME_LISTEN:-0.0.0.0:{address}}}"', (ROOT / "configs/sidecar.yaml").read_text())

    def verified(self, text):
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / UNIT.name
            file.write_text(text.replace("/usr/bin/lastframe", LASTFRAME))
            socket = pathlib.Path(shutil.copy(SOCKET, directory))
            answer = subprocess.run(["systemd-analyze", "verify", "--man=no", file, socket], capture_output=True, text=True)
            return answer.returncode, answer.stdout + answer.stderr

    def test_systemd_finds_no_fault(self):
        self.assertEqual(self.verified(self.text), (0, ""))
        self.assertIn("ProtectEverything", self.verified(self.text + "[Service]\nProtectEverything=yes\n")[1])

    def test_systemd_finds_little_exposed(self):
        command = ["systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={HIGHEST_EXPOSURE}", UNIT]
        answer = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(answer.returncode, 0, answer.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
