"""What is compared: how each is started, and whether it can be."""

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import machine

HERE = pathlib.Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
SIDECAR = ROOT / "configs/sidecar.yaml"


@dataclasses.dataclass(frozen=True)
class Binaries:
    bench: pathlib.Path  # lastframe_bench
    lastframe: pathlib.Path


def built(build, lastframe=None):
    """Builds the load generator in a configured build folder; the proxy must be there, or be given."""
    subprocess.run(["cmake", "--build", build, "--target", "lastframe_bench", "-j2"], check=True, stdout=subprocess.DEVNULL)
    binaries = Binaries(build.resolve() / "lastframe_bench", (lastframe or build / "lastframe").resolve())
    if not binaries.lastframe.exists():
        raise SystemExit(f"{binaries.lastframe} is missing; build it first")
    return binaries


@dataclasses.dataclass(frozen=True)
class Place:
    """One start of one subject."""

    binaries: Binaries
    directory: pathlib.Path
    port: int
    upstream: int
    tls: bool
    wrapped: bool  # by a program that looks at one process
    workers: int = 1  # lastframe's


def certificate(directory):
    """A self-signed P-256 pair, in one file for HAProxy too."""
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=bench.example"
        " -keyout tls.key -out tls.crt"
    )
    subprocess.run(command.split(), cwd=directory, check=True, capture_output=True)
    both = (directory / "tls.crt").read_text() + (directory / "tls.key").read_text()
    (directory / "both.pem").write_text(both)


def filled(template, place, **more):
    """A configuration written from one in peers/."""
    text = (HERE / "peers" / template).read_text()
    values = {
        "DIRECTORY": place.directory,
        "PORT": place.port,
        "UPSTREAM": place.upstream,
        "CERTIFICATE": place.directory / "tls.crt",
        "KEY": place.directory / "tls.key",
        **more,
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    if left := re.search("@[A-Z]+@", text):
        raise RuntimeError(f"{template}: nothing is known for {left[0]}")
    return text


def write(place, name, text):
    path = place.directory / name
    path.write_text(text)
    return path


def floor(place):
    return [place.binaries.bench, "floor", "--listen", f"127.0.0.1:{place.port}", "--upstream", f"127.0.0.1:{place.upstream}"]


def replaced(text, old, new):
    if text.count(old) != 1:
        raise RuntimeError(f"{SIDECAR.name} has no one line {old!r}: the comparison must be told what to put in its place")
    return text.replace(old, new)


def lastframe(place):
    """configs/sidecar.yaml but for addresses, workers, and TLS where that is asked for."""
    text = SIDECAR.read_text()
    text = replaced(text, "address: 0.0.0.0:10014", f"address: 127.0.0.1:{machine.free_port()}")
    text = replaced(text, "${LASTFRAME_UPSTREAM:-127.0.0.1:3000}", f"127.0.0.1:{place.upstream}")
    listen = '"${LASTFRAME_LISTEN:-0.0.0.0:8080}"'
    tls = f"\n    tls: {{certificate: {place.directory}/tls.crt, key: {place.directory}/tls.key}}" if place.tls else ""
    text = replaced(text, listen, f"127.0.0.1:{place.port}{tls}")
    return [place.binaries.lastframe, "--config", write(place, "lastframe.yaml", text + f"\nworkers: {place.workers}\n")]


def nginx(place):
    tls = filled("nginx.tls.conf", place) if place.tls else ""
    text = filled("nginx.conf", place, SSL="ssl" if place.tls else "", TLS=tls)
    single = ["-g", "master_process off;"] if place.wrapped else []
    return ["nginx", "-e", "stderr", "-p", place.directory, "-c", write(place, "nginx.conf", text), *single]


def haproxy(place):
    tls = f"ssl crt {place.directory}/both.pem ssl-min-ver TLSv1.3" if place.tls else ""
    return ["haproxy", "-q", "-f", write(place, "haproxy.cfg", filled("haproxy.cfg", place, TLS=tls))]


def caddy(place):
    tls = f"tls {place.directory}/tls.crt {place.directory}/tls.key" if place.tls else ""
    text = filled("Caddyfile", place, SCHEME="https" if place.tls else "http", TLS=tls)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", write(place, "Caddyfile", text)]


COMMANDS = {"floor": floor, "lastframe": lastframe, "nginx": nginx, "haproxy": haproxy, "caddy": caddy}
PEERS = ("nginx", "haproxy", "caddy")  # that lastframe is measured against; each a command that its Debian package brings
NAMES = ("direct", *COMMANDS)
SEARCHED = os.environ["PATH"] + ":/usr/sbin:/sbin"


def missing_packages(names, tools):
    """Debian packages that must be installed for what is asked for. `tools`: {command: package}"""
    needed = {name: name for name in names if name in PEERS} | tools
    return sorted(package for command, package in needed.items() if shutil.which(command, path=SEARCHED) is None)


@contextlib.contextmanager
def serving(name, binaries, network, service_core=machine.LOAD_CORE, **how):
    """Starts a service and, as `running` does, a subject in front of it; yields what that yields."""
    with network.process([binaries.bench, "service"], service_core, stdout=subprocess.PIPE) as service:
        upstream = machine.Load(service).line()["port"]
        with running(name, binaries, network, upstream, **how) as started:
            yield started


@contextlib.contextmanager
def running(name, binaries, network, upstream, tls=False, wrapper=(), workers=1, core=machine.PROXY_CORE):
    """Starts a subject in front of a service: yields its process and port; of `direct`, no process and the service's port."""
    if name == "direct":
        yield None, upstream
        return
    with tempfile.TemporaryDirectory(prefix="lastframe-bench-") as directory:
        place = Place(binaries, pathlib.Path(directory), machine.free_port(), upstream, tls, bool(wrapper), workers)
        place.directory.chmod(0o755)
        if tls:
            certificate(place.directory)
        command = [*wrapper, *COMMANDS[name](place)]
        environment = {**os.environ, "PATH": SEARCHED, "HOME": directory, "GOMAXPROCS": "1"}  # the last one is Caddy's
        words = place.directory / "words"
        with words.open("w") as errors:
            with network.process(
                command, core, stdout=errors, stderr=errors, env=environment, cwd=directory
            ) as process:
                try:
                    machine.await_listener(process, place.port)
                except RuntimeError as error:
                    raise RuntimeError(f"{name} did not start: {words.read_text()[-2000:]}") from error
                yield process, place.port
