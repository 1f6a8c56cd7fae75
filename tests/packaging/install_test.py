#!/usr/bin/env python3
"""Checks what `cmake --install` installs, and the .deb that CPack makes.

    install_test.py ROOT BUILD
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, **more).stdout


def install(at, prefix="/usr"):
    run("cmake", "--install", BUILD, "--prefix", prefix, env={**os.environ, "DESTDIR": str(at)})


def files_below(folder):
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if not each.is_dir()}


# Below the prefix, but for the documents.
PROGRAM = {
    "bin/lastframe",
    "lib/systemd/system/lastframe.service",
    "lib/systemd/system/lastframe.socket",
    "share/man/man8/lastframe.8.gz",
    "share/man/man5/lastframe.yaml.5.gz",
    "share/bash-completion/completions/lastframe",
    "share/zsh/vendor-completions/_lastframe",
    "share/fish/vendor_completions.d/lastframe.fish",
    "share/lastframe/lastframe.schema.json",
    "share/lastframe/prometheus/lastframe.rules.yml",
    "share/lastframe/prometheus/lastframe.alerts.yml",
    "share/lastframe/grafana/dashboards/lastframe.json",
}


DOCUMENTS = "share/doc/lastframe/"


class layout(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)

    def test_everything_is_where_it_is_looked_for(self):
        install(self.root)
        found = files_below(self.root / "usr")
        self.assertEqual({each for each in found if not each.startswith(DOCUMENTS)}, PROGRAM)
        for folder in ("docs", "configs"):
            self.assertEqual(files_below(self.root / "usr" / DOCUMENTS / folder), files_below(ROOT / folder))
        self.assertLessEqual({"README.md", "CHANGELOG.md", "copyright"}, files_below(self.root / "usr" / DOCUMENTS))

    def test_the_unit_starts_what_is_installed_wherever_that_is(self):
        for prefix, etc in (("/usr", "/etc"), ("/usr/local", "/usr/local/etc"), ("/opt/it", "/opt/it/etc")):
            at = self.root / prefix.replace("/", "-")
            install(at, prefix)
            unit = (at / prefix[1:] / "lib/systemd/system/lastframe.service").read_text()
            words = f"{prefix}/bin/lastframe", f"{etc}/lastframe/lastframe.yaml"
            self.assertIn(f"\nExecStart={words[0]} --config {words[1]}\n", unit)
            self.assertIn(f"\nExecReload={words[0]} check {words[1]}\n", unit)
            run(at / words[0][1:], "check", at / words[1][1:])

    def test_a_configuration_that_is_there_stays(self):
        install(self.root)
        config = self.root / "etc/lastframe/lastframe.yaml"
        config.write_text("mine")
        install(self.root)
        self.assertEqual(config.read_text(), "mine")


class package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        at = pathlib.Path(cls.directory.name)
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", at)
        (cls.file,) = at.glob("*.deb")
        cls.root, cls.control = at / "root", at / "control"
        run("dpkg-deb", "--extract", cls.file, cls.root)
        run("dpkg-deb", "--control", cls.file, cls.control)

    def test_holds_the_layout_below_usr_and_the_configuration_in_etc(self):
        found = files_below(self.root)
        expected = {"usr/" + each for each in PROGRAM} | {"etc/lastframe/lastframe.yaml"}
        self.assertEqual({each for each in found if not each.startswith("usr/" + DOCUMENTS)}, expected)

    def test_declares_the_configuration_as_such(self):
        (named,) = (self.control / "conffiles").read_text().split()
        self.assertTrue((self.root / named.lstrip("/")).is_file())

    def test_depends_on_the_libraries_that_it_is_linked_with(self):
        depends = run("dpkg-deb", "--field", self.file, "Depends")
        listed = re.findall(r"^runtime (lib\S+)$", (ROOT / "deploy/packages").read_text(), re.MULTILINE)
        for each in ("adduser", "libc6", "libssl3", "libstdc++6", "libyaml-cpp0.7"):
            self.assertIn(each, depends)
        # What the container's image installs is enough for it, and nothing of it is missing there.
        for each in re.findall(r"\blib[a-z0-9.+-]+", depends):
            if each not in ("libc6", "libgcc-s1") and not each.startswith("libfmt"):
                self.assertTrue(any(each.startswith(name) for name in listed), each)

    def test_its_scripts_are_executable_and_parse(self):
        for each in ("postinst", "prerm", "postrm"):
            self.assertTrue(os.access(self.control / each, os.X_OK))
            run("sh", "-n", self.control / each)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
