#!/usr/bin/env python3
"""Prints the documents of a YAML file as TypeScript over kubernetes-models: its compiler refuses unknown keys, and the
program that it makes holds values against the API's schemas.

    to_typescript.py FILE
"""

import json
import pathlib
import sys

from kustomize import read


def module_of(version):
    return ("@kubernetes-models/prometheus-operator/" if version.startswith("monitoring.coreos.com") else "kubernetes-models/") + version


def main(path):
    documents = read(pathlib.Path(path))
    for version, kind in sorted({(each["apiVersion"], each["kind"]) for each in documents}):
        print(f'import {{ {kind}, type I{kind} }} from "{module_of(version)}";')
    for number, each in enumerate(documents):
        print(f"const document{number}: I{each['kind']} = {json.dumps(each, indent=1)};")
        print(f"new {each['kind']}(document{number}).validate();")


if __name__ == "__main__":
    main(sys.argv[1])
