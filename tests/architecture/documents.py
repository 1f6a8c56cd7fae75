"""The pages for people, and the fenced blocks in them."""

import re
import textwrap
from dataclasses import dataclass

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """What stands between two fences: its language, its text, and the line where it begins."""

    language: str
    text: str
    line: int


def pages(root):
    """Every page, README.md in front."""
    return [*sorted(root.glob("*.md"), reverse=True), *sorted((root / "docs").glob("*.md"))]


def blocks(page, *languages):
    """The blocks of a page in one of these languages, in order."""
    text = page.read_text()
    return [
        Block(found[2], textwrap.dedent(found[3]), text.count("\n", 0, found.start()) + 2)
        for found in FENCE.finditer(text)
        if found[2] in languages
    ]


def prose(page):
    """A page without its blocks."""
    return FENCE.sub("", page.read_text())
