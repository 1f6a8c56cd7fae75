#!/usr/bin/env python3
"""Checks that README.md shows configs/quickstart.yaml as it is, and that the documents' links lead to files.

    readme.py ROOT
"""

import pathlib
import re
import sys


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    faults = []
    shown = re.search(r"^```yaml\n(.*?)^```", (root / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    if shown is None or shown[1] != (root / "configs/quickstart.yaml").read_text():
        faults.append("README.md: the yaml block differs from configs/quickstart.yaml")
    for page in [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").glob("*.md"))]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / link).exists():
                faults.append(f"{page.relative_to(root)}: the link to {link} leads nowhere")
    print("\n".join(faults) or "the documents agree with the tree")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
