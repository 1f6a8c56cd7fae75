"""Reads YAML as editors do: by the core schema of YAML 1.2, where `off` is a text. Keys are texts, as in JSON."""

import re

import yaml


class CoreLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}

    def flatten_mapping(self, node):
        """`<<` is a key like others."""

    def construct_mapping(self, node, deep=False):
        if not all(isinstance(key, yaml.ScalarNode) for key, _ in node.value):
            raise yaml.YAMLError("a key is no text")
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


def resolve(tag, pattern, first, construct):
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), first)
    CoreLoader.add_constructor(f"tag:yaml.org,2002:{tag}", lambda loader, node: construct(node.value))


resolve("null", "~|null|Null|NULL|", ["~", "n", "N", ""], lambda text: None)
resolve("bool", "true|True|TRUE|false|False|FALSE", list("tTfF"), lambda text: text[0] in "tT")
resolve("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789"),
        lambda text: int(text, 0) if text[:2] in ("0x", "0o") else int(text))
resolve("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789"), float)


def load(text):
    return yaml.load(text, CoreLoader)
