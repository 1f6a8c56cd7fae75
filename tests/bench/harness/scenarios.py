"""What is measured: loads, what is taken from them, and the bars that lastframe must meet."""

import contextlib
import dataclasses
import time

from . import machine, subjects

SIZES = {"64": 64, "1k": 1 << 10, "16k": 16 << 10, "64k": 64 << 10, "1m": 1 << 20}
ECHO_TUNNELS = 64
STREAMS = 4

# Metrics: what each is called, and in which unit it is printed.
METRICS = {
    "cpu_us": ("CPU per message", "µs"),
    "cpu_us_connection": ("CPU per connection", "µs"),
    "cpu_ns_byte": ("CPU per byte", "ns"),
    "pss": ("PSS per tunnel", "bytes"),
    "p50_us": ("p50", "µs"),
    "p99_us": ("p99", "µs"),
    "rate": ("rate", "/s"),
    "bytes_rate": ("rate", "MB/s"),
    "least_share": ("share of the slowest stream", "%"),
    "switches": ("context switches per message", ""),
    "calls": ("system calls", ""),
    "instructions": ("user instructions", ""),
}


@dataclasses.dataclass(frozen=True)
class Bar:
    """lastframe's figure is at most `limit` times the best peer's, or the floor's."""

    metric: str
    limit: float
    against: str = "peers"


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    load: tuple  # arguments for lastframe_bench
    bars: tuple
    relayed: int = 0  # messages through the proxy while measuring
    relayed_bytes: int = 0
    connections: int = 0
    tunnels: int = 0  # of an idle one
    tls: bool = False
    congestion: str | None = None
    shown: tuple = ()  # metrics without a bar

    @property
    def units(self):
        """What system calls and instructions are counted for."""
        return self.relayed or self.connections


def echo(size, depth, count):
    load = ("echo", "--tunnels", ECHO_TUNNELS, "--size", SIZES[size], "--depth", depth, "--count", count,
            "--warmup", max(count // 10, ECHO_TUNNELS * depth))  # fmt: skip
    bars = (Bar("cpu_us", 1.0), Bar("cpu_us", 1.1, "floor"))
    if depth == 1:
        bars += (Bar("p50_us", 1.05), Bar("p99_us", 1.2))
    return Scenario(f"echo-{size}-d{depth}", load, bars, relayed=2 * count, shown=("rate", "switches"))


def idle(name, tunnels, limit, tls=False, size=64, messages=1):
    load = ("echo", "--tunnels", tunnels, "--size", size, "--warmup", messages * tunnels, "--count", 0)
    return Scenario(name, load + (("--tls",) if tls else ()), (Bar("pss", limit),), tunnels=tunnels, tls=tls)


def stream(direction, size, count, congestion=None):
    load = ("stream", "--tunnels", STREAMS, "--size", SIZES[size], "--count", count, "--warmup", max(count // 10, 1))
    name = f"{direction}-{size}" + (f"-{congestion}" if congestion else "")
    relayed = STREAMS * count
    return Scenario(name, load + (("--up",) if direction == "up" else ()), (Bar("cpu_ns_byte", 0.9),), relayed=relayed,
                    relayed_bytes=relayed * SIZES[size], congestion=congestion, shown=("bytes_rate", "least_share"))  # fmt: skip


def churn(name, count, tls=False):
    load = ("churn", "--count", count, "--warmup", max(count // 10, 1), *(("--tls",) if tls else ()))
    return Scenario(name, load, (Bar("cpu_us_connection", 1.0),), connections=count, tls=tls, shown=("p50_us", "p99_us"))


def all_scenarios(scale, tunnels):
    """All there are, their lengths multiplied by `scale`."""

    def counted(count):
        return max(int(count * scale), 1)

    found = [echo(size, depth, counted(count)) for size, depth, count in [
        ("64", 1, 60_000), ("64", 16, 600_000), ("1k", 1, 60_000), ("1k", 16, 400_000), ("16k", 1, 40_000), ("16k", 16, 60_000),
    ]]  # fmt: skip
    found += [
        stream(direction, size, counted(count), congestion)
        for congestion in (None, "reno")
        for size, count in (("64k", 8_000), ("1m", 500))
        for direction in ("down", "up")
    ]
    alone = ("echo", "--tunnels", 1, "--count", counted(20_000), "--warmup", 1000)
    beside = ("mixed", "--count", counted(2_000), "--warmup", 200)
    latency = (Bar("p50_us", 1.05), Bar("p99_us", 1.2))
    found += [
        churn("churn", counted(10_000)),
        churn("churn-tls", counted(3_000), tls=True),
        Scenario("latency", alone, latency),
        Scenario("mixed", beside, (Bar("p99_us", 1.0),), shown=("p50_us", "bytes_rate")),
        Scenario("mixed-reno", beside, (Bar("p99_us", 1.0),), congestion="reno", shown=("p50_us", "bytes_rate")),
        idle("idle", tunnels, 0.25),
        idle("idle-tls", tunnels, 0.8, tls=True),
        idle("idle-after-64k", tunnels, 0.25, size=SIZES["64k"], messages=3),
    ]
    return {scenario.name: scenario for scenario in found}


def suits(scenario, subject):
    """Idle memory is a proxy's, and neither service nor floor speaks TLS."""
    return not (scenario.tunnels and subject == "direct") and not (scenario.tls and subject in ("direct", "floor"))


def run(scenario, subject, binaries, network, quiet, meter):
    """One round of one subject: {metric: value}."""
    with contextlib.ExitStack() as stack:
        proxy, port = stack.enter_context(
            subjects.serving(subject, binaries, network, tls=scenario.tls, wrapper=meter.wrapper)
        )
        arguments = [scenario.load[0], "--to", f"127.0.0.1:{port}", *scenario.load[1:]]
        load = stack.enter_context(machine.load(network, binaries.bench, arguments))
        # The load generator runs already: it shares libraries with the proxy, whose share of them becomes smaller.
        load.ready()
        memory = machine.pss_bytes(proxy.pid) if proxy else 0
        load.go()
        load.ready()
        if scenario.tunnels:
            time.sleep(quiet)
            if proxy:
                return {"pss": (machine.pss_bytes(proxy.pid) - memory) / scenario.tunnels, **finished(load)}
            return finished(load)
        if proxy:
            meter.begin(proxy.pid)
        figures = finished(load)
        return figures | (meter.end(proxy.pid, scenario) if proxy else {})


def finished(load):
    """What the load generator itself found; an idle one that its tunnels were still open."""
    load.go()
    result = load.result()
    figures = {name: result[name] for name in ("p50_us", "p99_us") if result.get(name)}
    if result.get("messages"):
        figures["rate"] = result["messages"] / result["seconds"]
    if result.get("bytes"):
        figures["bytes_rate"] = result["bytes"] / result["seconds"] / 1e6
    if "least_share_percent" in result:
        figures["least_share"] = result["least_share_percent"]
    return figures
