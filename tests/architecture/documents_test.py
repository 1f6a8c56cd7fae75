#!/usr/bin/env python3
"""Plants one fault of each kind in the documents of a small tree and checks that readme.py or commands.py finds it."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
PROGRAM = """#!/bin/sh
case "$1 $2" in
  "--help "*) echo "Subcommands:\n  check  Validate\n  demo  Run" ;;
  *" --help") echo "  --port INT" ;;
  "check "*) ! grep -q nonsense "$2" ;;
  "demo "*) echo a line; exec sleep 60 ;;
esac
"""
COMPLETE = "```yaml\nlisteners: []\nroutes: []\n%s```\n"


class Documents(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.root = pathlib.Path(held.name)
        for each in ("docs", "configs", "deploy"):
            (self.root / each).mkdir()
        (self.root / "configs/quickstart.yaml").write_text("routes: []\n")
        (self.root / "configs/reference.yaml").write_text("limits:\n  closing: 1000\n")
        (self.root / "deploy/run").write_text("# --known\n")
        (self.root / "CHANGELOG.md").write_text("# Changes\n")
        (self.root / "README.md").write_text("# Read me\n```yaml\nroutes: []\n```\n")
        self.program = self.root / "lastframe"
        self.program.write_text(PROGRAM)
        self.program.chmod(0o755)

    def said_of(self, page, script="readme.py", *more):
        """What the script prints of a tree with this page; empty if it has nothing against it."""
        (self.root / "docs/page.md").write_text(page)
        done = subprocess.run([sys.executable, HERE / script, self.root, *more], capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stdout if done.returncode else ""

    def said_by_commands(self, page):
        return self.said_of(page, "commands.py", self.program)

    def test_finds_nothing_in_a_page_that_agrees_with_the_tree(self):
        page = "# A page\n[up](../README.md#read-me) [here](#a-page) `deploy/run` `limits.closing`\n"
        self.assertEqual(self.said_of(page + "```console\ndeploy/run --known   # comment\n```\n"), "")

    def test_finds_links_files_flags_and_keys_that_are_not_there(self):
        for fault in ("[a](gone.md)", "[a](../README.md#gone)", "`deploy/gone`", "`limits.gone`",
                      "```console\ndeploy/gone\n```", "```console\ndeploy/run --gone\n```"):
            with self.subTest(fault):
                self.assertIn("gone", self.said_of(fault + "\n"))

    def test_finds_a_quick_start_that_differs_from_its_file(self):
        (self.root / "configs/quickstart.yaml").write_text("routes: [other]\n")
        self.assertIn("differs", self.said_of(""))

    def test_passes_a_page_that_does_as_it_says(self):
        page = "`lastframe demo --port 1`\n" + COMPLETE % "" + "```sh\ncd /\n```\ntext\n```sh\ntest \"$PWD\" = /\n```\n"
        self.assertEqual(self.said_by_commands(page), "")

    def test_finds_what_the_program_cannot_do(self):
        self.assertIn("no command gone", self.said_by_commands("`lastframe gone`\n"))
        self.assertIn("no --gone", self.said_by_commands("```console\nlastframe demo --gone\n```\n"))

    def test_finds_a_configuration_that_does_not_load(self):
        self.assertIn("line 2", self.said_by_commands(COMPLETE % "nonsense: 1\n"))

    def test_finds_a_block_that_fails_and_says_where(self):
        self.assertIn("the block at line 6 failed", self.said_by_commands("```sh\ntrue\n```\n\n```sh\nfalse\n```\n"))


if __name__ == "__main__":
    unittest.main()
