#!/usr/bin/env python3
"""Checks that the documents agree with the tree: README.md shows configs/quickstart.yaml as it is, links lead to files
and to sections, files and flags in `console` blocks exist, and so do the files and keys that the text names.

    readme.py ROOT
"""

import pathlib
import re
import shlex
import sys

from documents import blocks, pages, prose

LINK = re.compile(r"\]\(([^)#:\s]*)(?:#([^)]*))?\)")
# A path from the root or from proxy/, with or without its extension.
FILE = re.compile(r"`(\.?[a-z]+)/([a-z_][\w./-]*)`")
# What a page calls a key: a section of the configuration, and at least one name below it. Names of tests are longer.
KEY = re.compile(r"`((?:listeners|routes|upstream|keepalive|limits|drain|telemetry|log|forwarded)(?:\[\])?(?:\.[a-z_]{1,24})+)`")


def anchors(page):
    """What a page's headings are linked by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def quickstart_faults(root):
    shown = blocks(root / "README.md", "yaml")
    if not shown or shown[0].text != (root / "configs/quickstart.yaml").read_text():
        yield "README.md: the yaml block differs from configs/quickstart.yaml"


def link_faults(page):
    for path, section in LINK.findall(prose(page)):
        target = page.parent / path if path else page
        if not target.exists():
            yield f"the link to {path} leads nowhere"
        elif section and target.suffix == ".md" and section not in anchors(target):
            yield f"the link to {path}#{section} leads to no section"


def file_faults(root, page):
    for folder, rest in FILE.findall(prose(page)):
        bases = [each / folder for each in (root, root / "proxy") if (each / folder).is_dir() and folder != "build"]
        if bases and not any((base / rest).exists() or list(base.glob(f"{rest}.*")) for base in bases):
            yield f"there is no {folder}/{rest}"


def knows(program, flag):
    """Whether a script, or what stands in folders beside it, has this flag."""
    texts = [program, *(each for each in program.parent.rglob("*.py"))]
    return any(flag in each.read_text(errors="replace") for each in texts)


def command_faults(root, words):
    """Of one command of a console block; `lastframe` itself is asked by commands.py."""
    ours = {each.name for each in root.iterdir() if each.is_dir()} - {"build"}
    program = None
    for word in words:
        if word.split("/")[0] in ours and "/" in word:
            if not (root / word).exists():
                yield f"there is no {word}"
            elif program is None:
                program = root / word
        elif word.startswith("--") and program is not None and program.is_file():
            flag = word.split("=")[0]
            if not knows(program, flag):
                yield f"{program.relative_to(root)} does not know {flag}"


def console_faults(root, page):
    for block in blocks(page, "console"):
        for number, line in enumerate(block.text.splitlines(), block.line):
            try:
                words = shlex.split(line.removeprefix("$ "), comments=True)
            except ValueError:
                continue  # a quotation over several lines
            yield from (f"line {number}: {fault}" for fault in command_faults(root, words))


def key_faults(page, known):
    for path in KEY.findall(prose(page)):
        unknown = [each for each in path.replace("[]", "").split(".") if each not in known]
        if unknown:
            yield f"`{path}`: the configuration has no {unknown[0]}"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    known = set(re.findall(r"\b([a-z_]+):", (root / "configs/reference.yaml").read_text()))
    faults = list(quickstart_faults(root))
    for page in pages(root):
        found = [*link_faults(page), *file_faults(root, page), *console_faults(root, page), *key_faults(page, known)]
        faults += (f"{page.relative_to(root)}: {each}" for each in found)
    print("\n".join(faults) or "the documents agree with the tree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
