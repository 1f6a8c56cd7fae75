#!/usr/bin/env python3
"""Does what the documents say: runs the `sh` blocks of each page, loads each complete configuration that a page shows,
and asks the program whether it has the subcommands and flags that the documents name.

    commands.py ROOT LASTFRAME [PAGE...]

The blocks of a page are one script, in a tree like a built clone with nothing in it that could be changed, and beside a
`lastframe demo` whose access log is access.log, unless the page starts lastframe itself. Each page has a loopback of its
own, so that the ports which readers see are free: that takes root or sudo, and ends with 77 without.
"""

import contextlib
import functools
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

from documents import blocks, pages, prose

OWN = "LASTFRAME_OWN_LOOPBACK"
PATIENCE = 150  # seconds for a page; a drain takes up to 25 of them
PROLOGUE = """set -eu
ip link set lo up
trap 'code=$?; [ $code -eq 0 ] || echo "the block at line $block failed with $code" >&2' EXIT
"""
DEMO = """block=demo
build/release/lastframe demo >access.log 2>demo.log &
until build/release/lastframe health >/dev/null 2>&1; do sleep 0.1; done
until [ -s access.log ]; do sleep 0.1; done
"""


def enter_own_loopback():
    """Starts this program again where no port is taken."""
    unshare = [*([] if os.getuid() == 0 else ["sudo", "-n", "-E"]), "unshare", "--net"]
    if subprocess.run([*unshare, "true"], check=False).returncode != 0:
        print("skipped: no right to make a network namespace")
        sys.exit(77)
    os.environ[OWN] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])


def furnish(root, lastframe, folder):
    """A clone that was built, as far as a reader can tell."""
    for each in root.iterdir():
        if each.name not in ("build", ".git"):
            (folder / each.name).symlink_to(each)
    (folder / "build/release").mkdir(parents=True)
    (folder / "build/release/lastframe").symlink_to(lastframe)
    (folder / ".curlrc").write_text("fail\n")  # an HTTP error is a failed command


def run_page(root, lastframe, page):
    """Why the page's script failed; empty if it did not, or if it has none."""
    found = blocks(page, "sh")
    if not found:
        return ""
    script = "".join(f"block={each.line}\n{each.text}" for each in found)
    starts_it = re.search(r"lastframe (--config|demo)", script)
    script = PROLOGUE + ("" if starts_it else DEMO) + script
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        furnish(root, lastframe, folder)
        output = folder / "output"
        with output.open("w") as sink:
            process = subprocess.Popen(["bash", "-c", script], cwd=folder, env={**os.environ, "HOME": name}, stdout=sink,
                                       stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                code = "no end"
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return "" if code == 0 else f"{code}\n{output.read_text(errors='replace')}"


def configuration_faults(lastframe, page):
    for block in blocks(page, "yaml"):
        if not re.search(r"^listeners:.*^routes:", block.text, re.DOTALL | re.MULTILINE):
            continue
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(block.text)
            file.flush()
            said = subprocess.run([lastframe, "check", file.name], capture_output=True, text=True, check=False)
        if said.returncode != 0:
            yield f"line {block.line}: {said.stderr}"


@functools.cache
def help_of(lastframe, *subcommand):
    said = subprocess.run([lastframe, *subcommand, "--help"], capture_output=True, text=True, check=True)
    return said.stdout


def has_command(lastframe, name):
    """Help for an unknown command is the program's own, so that its list decides."""
    listed = help_of(lastframe).partition("Subcommands:")[2]
    return re.search(rf"^ +{name} ", listed, re.MULTILINE) is not None


def named_commands(page):
    """Each call of the program that a page names, as words."""
    lines = [line for block in blocks(page, "sh", "console") for line in block.text.splitlines()]
    for line in [*lines, *re.findall(r"`([^`\n]*)`", prose(page))]:
        call = re.search(r"(?:^|\s)(?:\S*/)?lastframe((?: +[^\s;|&>`)]+)+)", line)
        if call:
            yield shlex.split(call[1], comments=True)


def call_faults(lastframe, page):
    for words in named_commands(page):
        subcommand = [each for each in words[:1] if re.fullmatch("[a-z]+", each)]
        if subcommand and not has_command(lastframe, subcommand[0]):
            yield f"lastframe has no command {subcommand[0]}"
            continue
        known = help_of(lastframe, *subcommand)
        flags = [each.split("=")[0] for each in words if each.startswith("--") and each != "--help"]
        yield from (f"lastframe {' '.join(words)}: no {flag}" for flag in flags if flag not in known)


def main():
    if OWN not in os.environ:
        enter_own_loopback()
    root, lastframe = (pathlib.Path(each).resolve() for each in sys.argv[1:3])
    chosen = [pathlib.Path(each).resolve() for each in sys.argv[3:]] or pages(root)
    faults = []
    for page in chosen:
        name = page.relative_to(root)
        faults += [f"{name}: {each}" for each in (*call_faults(lastframe, page), *configuration_faults(lastframe, page))]
        failed = run_page(root, lastframe, page)
        if failed:
            faults.append(f"{name}: {failed}")
    print("\n".join(faults) or f"{len(chosen)} pages do as they say")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
