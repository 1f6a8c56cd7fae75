#!/usr/bin/env python3
"""Checks what bash completes, and that the completions of all shells exist and parse where the shell is here.

    completion_test.py ROOT LASTFRAME
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import program

COMPLETION, LASTFRAME = pathlib.Path(sys.argv[1]).resolve() / "deploy/completion", sys.argv[2]


def completed(*words, directory=None):
    """What bash offers for the last of the words."""
    script = """
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _lastframe
        [[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' "${COMPREPLY[@]}"
    """
    command = ["bash", "-uc", script, "bash", COMPLETION / "lastframe.bash", LASTFRAME, *words]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.split()


class bash(unittest.TestCase):
    def test_completes_every_command(self):
        self.assertEqual(completed(""), list(program.commands_of(LASTFRAME)))
        self.assertEqual(completed("expl"), ["explain"])

    def test_completes_every_option(self):
        self.assertEqual(set(completed("--")), {"--help", *program.options_of(LASTFRAME)})
        for command in program.commands_of(LASTFRAME):
            self.assertEqual(set(completed(command, "-")), {"--help", *program.options_of(LASTFRAME, command)})
        self.assertEqual(completed("demo", "--tele"), ["--telemetry-port"])

    def test_completes_files_where_a_file_is_wanted(self):
        with tempfile.TemporaryDirectory() as directory:
            for name in ("a.yaml", "b.yaml"):
                (pathlib.Path(directory) / name).touch()
            for words in (["check"], ["--config"], ["--config", "="], ["health", "--config"]):
                self.assertEqual(completed(*words, "b", directory=directory), ["b.yaml"], words)
            # What is still empty behind = is no word of its own.
            for words in (["check", ""], ["--config", ""], ["--config", "="]):
                self.assertEqual(sorted(completed(*words, directory=directory)), ["a.yaml", "b.yaml"], words)

    def test_offers_nothing_for_what_it_cannot_know(self):
        self.assertEqual(completed("demo", "--port", ""), [])
        self.assertEqual(completed("health", "--address", ""), [])
        self.assertEqual(completed("demo", ""), [])

    def test_completes_close_codes(self):
        self.assertIn("1014", completed("explain", ""))
        self.assertEqual(completed("explain", "1014"), ["1014"])


class other_shells(unittest.TestCase):
    def test_scripts_parse(self):
        for shell, file in (("bash", "lastframe.bash"), ("zsh", "_lastframe"), ("fish", "lastframe.fish")):
            self.assertTrue((COMPLETION / file).exists())
            if shutil.which(shell):
                subprocess.run([shell, "-n", COMPLETION / file], check=True)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
