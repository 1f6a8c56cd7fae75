"""Reads YAML strictly, and puts kustomizations together."""

import copy

import yaml

# What identifies an item of a list in a strategic merge patch.
ITEM_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
    "volumes": "name",
}


class StrictLoader(yaml.SafeLoader):
    """Refuses keys that stand twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def parse(text):
    """All documents of a YAML text."""
    return list(yaml.load_all(text, StrictLoader))


def read(path):
    return parse(path.read_text())


def read_one(path):
    (only,) = read(path)
    return only


def merge(base, patch, field=None):
    """A strategic merge patch, without deletions."""
    if isinstance(base, dict) and isinstance(patch, dict):
        both = {key: merge(base[key], patch[key], key) for key in base.keys() & patch.keys()}
        return {**base, **patch, **both}
    if isinstance(base, list) and field in ITEM_KEYS:
        key = ITEM_KEYS[field]
        merged = [merge(item, next((new for new in patch if new[key] == item[key]), {})) for item in base]
        return merged + [new for new in patch if all(new[key] != item[key] for item in base)]
    return copy.deepcopy(patch)


def is_target(document, target):
    labels = document["metadata"].get("labels", {})
    key, _, value = target.get("labelSelector", "").partition("=")
    return document["kind"] == target["kind"] and (not key or labels.get(key) == value)


def patched(document, patch):
    if isinstance(patch, dict):
        return merge(document, {key: value for key, value in patch.items() if key != "metadata"})
    document = copy.deepcopy(document)
    for step in patch:
        if step["op"] != "replace":
            raise ValueError(f"this reader knows no {step['op']!r}")
        *way, last = step["path"].strip("/").split("/")
        at = document
        for part in way:
            at = at[part]
        at[last] = step["value"]
    return document


def apply_patches(documents, kustomization, folder):
    for each in kustomization.get("patches", []):
        (patch,) = parse(each["patch"]) if "patch" in each else read(folder / each["path"])
        documents = [patched(one, patch) if is_target(one, each["target"]) else one for one in documents]
    return documents


def generate(documents, kustomization, folder):
    for each in kustomization.get("configMapGenerator", []):
        if each.get("behavior") == "replace":
            documents = [one for one in documents if (one["kind"], one["metadata"]["name"]) != ("ConfigMap", each["name"])]
        data = {file.rsplit("/", 1)[-1]: (folder / file).read_text() for file in each["files"]}
        labels = each.get("options", {}).get("labels", {})
        documents.append({"apiVersion": "v1", "kind": "ConfigMap", "data": data,
                          "metadata": {"name": each["name"], "labels": labels}})
    return documents


def render(folder):
    """What kustomize makes of a folder, but for names, namespaces, images and labels that it changes everywhere alike."""
    kustomization = read_one(folder / "kustomization.yaml")
    documents = []
    for resource in kustomization.get("resources", []):
        path = folder / resource
        documents += render(path) if path.is_dir() else read(path)
    documents = generate(documents, kustomization, folder)
    for component in kustomization.get("components", []):
        documents = apply_patches(documents, read_one(folder / component / "kustomization.yaml"), folder / component)
    return apply_patches(documents, kustomization, folder)
