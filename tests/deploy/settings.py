"""A configuration of lastframe with its defaults, as configs/reference.yaml states them, and in seconds."""

import re

from kustomize import parse, read_one

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
BYTES = {"": 1, "B": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)([a-z]+)", str(text)).groups()
    return int(number) * SECONDS[unit]


def size(text):
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]*)", str(text)).groups()
    return int(number) * BYTES[unit]


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def expanded(text):
    """Variables have their defaults."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


class Settings:
    def __init__(self, root, text):
        (self.own,) = parse(expanded(text))
        self._defaults = read_one(root / "configs/reference.yaml")

    def get(self, *way, own=None, default=None):
        """The value at these keys; what the reference has where this configuration is silent."""
        own = self.own if own is None else own
        default = self._defaults if default is None else default
        for key in way:
            own = own.get(key, {}) if isinstance(own, dict) else {}
            default = default[key]
        return default if own == {} else own

    def drain(self, key):
        return seconds(self.get("drain", key))

    def longest(self, *way):
        """The longest of a duration that each route has."""
        like = self._defaults["routes"][0]
        return max(seconds(self.get(*way, own=route, default=like)) for route in self.own["routes"])

    @property
    def listeners(self):
        return {port_of(each["address"]) for each in self.own["listeners"]}

    @property
    def telemetry(self):
        host, _, port = self.get("telemetry", "address").rpartition(":")
        return host, int(port)

    @property
    def files(self):
        """Of TLS."""
        tls = [each.get("tls", {}) for each in self.own["listeners"]]
        return [path for each in tls for key, path in each.items() if key in ("certificate", "key", "client_ca")]
