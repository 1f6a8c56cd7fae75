#!/usr/bin/env python3
"""Plants violations of includes.py's rules in a small project and checks that each is found.

    includes_test.py --compiler CXX [--ninja NINJA]
"""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
TOOLS = {"compiler": "c++", "ninja": "ninja"}

# What a tree that keeps the rules may hold: a source file for each rule's target, and the headers it reads.
CLEAN = {
    "lastframe_protocol": ("proxy/protocol/machine.cpp", ["proxy/protocol/frame.hpp", "telemetry/vocabulary.hpp"]),
    "lastframe_telemetry": ("telemetry/page.cpp", ["telemetry/recorder.hpp", "boost/asio/planted.hpp"]),
    "lastframe_config": ("proxy/config/load.cpp", ["proxy/config/settings.hpp", "proxy/protocol/frame.hpp"]),
    "lastframe_test_reference": ("tests/support/reference/text.cpp", ["tests/support/reference/frame.hpp", "zlib.h"]),
}


class Project:
    """A source tree and its build in a temporary folder; third-party headers lie in `usr/`, outside of the tree."""

    def __init__(self, files):
        self._folder = tempfile.TemporaryDirectory()
        self.source = os.path.join(os.path.realpath(self._folder.name), "source")
        self.build = os.path.join(self.source, "build")
        self._third_party = os.path.join(os.path.dirname(self.source), "usr")
        rules = [
            f"rule cxx\n  command = {TOOLS['compiler']} -I{self.source} -isystem {self._third_party}"
            " -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  deps = gcc"
        ]
        for target, (cpp, headers) in files.items():
            for header in headers:
                self._write_header(header)
            self._write(os.path.join(self.source, cpp), "".join(f'#include "{h}"\n' for h in headers))
            rules.append(f"build {target}.dir/{os.path.basename(cpp)}.o: cxx {os.path.join(self.source, cpp)}")
        self._write(os.path.join(self.build, "build.ninja"), "\n".join(rules) + "\n")
        subprocess.run([TOOLS["ninja"], "-C", self.build], check=True, capture_output=True)

    def add_include(self, header, included):
        """Makes one header read another, and builds again."""
        self._write_header(included)
        self._write(os.path.join(self.source, header), f'#include "{included}"\n')
        subprocess.run([TOOLS["ninja"], "-C", self.build], check=True, capture_output=True)

    def check(self):
        command = [sys.executable, os.path.join(HERE, "includes.py"), "--ninja", TOOLS["ninja"]]
        command += ["--source", self.source, "--build", self.build]
        return subprocess.run(command, capture_output=True, text=True)

    def close(self):
        self._folder.cleanup()

    def _write_header(self, name):
        own = name.startswith(("proxy/", "telemetry/", "tests/"))
        path = os.path.join(self.source if own else self._third_party, name)
        if not os.path.exists(path):
            self._write(path, f"// {name}\n")

    @staticmethod
    def _write(path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


class IncludesTest(unittest.TestCase):
    def project(self, files):
        made = Project(files)
        self.addCleanup(made.close)
        return made

    def expect_found(self, target, header):
        """Plants an include of `header` in the target's source file, and expects that it is reported."""
        cpp, headers = CLEAN[target]
        result = self.project(CLEAN | {target: (cpp, headers + [header])}).check()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertRegex(result.stdout, rf"^{target}: .*{os.path.basename(cpp)}.* reads .*{header} ")
        self.assertEqual(len(result.stdout.splitlines()), 1, result.stdout)

    def test_a_tree_that_keeps_the_rules_passes(self):
        result = self.project(CLEAN).check()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_protocol_may_read_no_asio_beast_or_openssl(self):
        for header in ("boost/asio/buffer.hpp", "boost/asio.hpp", "boost/beast/http.hpp", "openssl/sha.h"):
            with self.subTest(header):
                self.expect_found("lastframe_protocol", header)

    def test_protocol_may_read_of_telemetry_only_its_vocabulary(self):
        self.expect_found("lastframe_protocol", "telemetry/recorder.hpp")

    def test_protocol_may_read_nothing_else_of_proxy(self):
        self.expect_found("lastframe_protocol", "proxy/net/poller.hpp")

    def test_telemetry_may_read_nothing_of_proxy(self):
        self.expect_found("lastframe_telemetry", "proxy/protocol/frame.hpp")

    def test_config_may_read_no_sockets(self):
        self.expect_found("lastframe_config", "boost/asio/ip/address.hpp")
        self.expect_found("lastframe_config", "proxy/net/dialer.hpp")

    def test_the_reference_endpoint_may_read_nothing_of_what_it_judges(self):
        for header in ("proxy/protocol/frame.hpp", "telemetry/vocabulary.hpp", "tests/support/wire.hpp"):
            with self.subTest(header):
                self.expect_found("lastframe_test_reference", header)

    def test_an_indirect_include_is_found(self):
        project = self.project(CLEAN)
        project.add_include("telemetry/vocabulary.hpp", "boost/asio/error.hpp")
        result = project.check()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"machine\.cpp.* reads .*/usr/boost/asio/error\.hpp ")

    def test_a_header_may_not_name_beast(self):
        project = self.project(CLEAN)
        project.add_include("telemetry/recorder.hpp", "boost/beast/core.hpp")
        result = project.check()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("header: telemetry/recorder.hpp says", result.stdout)

    def test_a_target_without_objects_is_no_pass(self):
        files = {target: value for target, value in CLEAN.items() if target != "lastframe_protocol"}
        result = self.project(files).check()
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn("lastframe_protocol", result.stderr)


if __name__ == "__main__":
    for tool in TOOLS:
        if f"--{tool}" in sys.argv:
            at = sys.argv.index(f"--{tool}")
            TOOLS[tool] = sys.argv[at + 1]
            del sys.argv[at : at + 2]
    unittest.main()
