"""What the program says of itself with --help."""

import re
import subprocess


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)


def commands_of(program):
    """{command: what it does}, in the program's order."""
    text = run(program, "--help").stdout
    return dict(re.findall(r"^  ([a-z]+)  +(.+)$", text[text.index("Subcommands:"):], re.MULTILINE))


def options_of(program, command=None):
    """{long option: its default or None} of a command, or of the program itself; --help left out."""
    text = run(program, *([command] if command else []), "--help").stdout
    found = re.findall(r"^  (?:-\w,)?(--[a-z-]+)(?: [A-Z:]+(?:=(\S+))?)?", text, re.MULTILINE)
    return {option: default or None for option, default in found if option != "--help"}
