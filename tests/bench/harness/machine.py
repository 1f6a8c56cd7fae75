"""Processes of a measurement: where they run, and what the kernel says that they cost."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

PROXY_CORE = 1
LOAD_CORE = 0
ALL_CORES = "0,1"
DEADLINE = 120  # seconds for anything that is waited for


def end_in_order():
    """From now on SIGTERM ends what was started too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Network:
    """Where processes talk: the machine's own loopback, or that of a network namespace with a congestion control of its own."""

    def __init__(self, congestion=None):
        self.congestion = congestion
        self.prefix = []
        self.holder = None

    def __enter__(self):
        if self.congestion is not None:
            script = f"ip link set lo up && sysctl -qw net.ipv4.tcp_congestion_control={self.congestion} && echo && exec cat"
            self.holder = subprocess.Popen(
                ["unshare", "-n", "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            if self.holder.stdout.readline() != "\n":
                raise RuntimeError(f"no network namespace with {self.congestion}: it takes root and the kernel's module")
            self.prefix = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]
        return self

    def __exit__(self, *_):
        if self.holder is not None:
            self.holder.communicate()

    @contextlib.contextmanager
    def process(self, command, core, **options):
        """A process on one core, ended with the block."""
        started = subprocess.Popen(["taskset", "-c", str(core), *self.prefix, *map(str, command)], text=True, **options)
        try:
            yield started
        finally:
            if started.poll() is None:
                started.terminate()
            try:
                started.wait(10)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
            for pipe in (started.stdin, started.stdout):
                if pipe is not None:
                    pipe.close()


def await_listener(process, port):
    """Until `process` listens on `port`, seen without connecting to it."""
    ending = f":{port:04X}"
    begin = time.monotonic()
    while process.poll() is None and time.monotonic() - begin < DEADLINE:
        for line in pathlib.Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines():
            fields = line.split()
            if fields[3] == "0A" and fields[1].endswith(ending):
                return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args[-1]}: nothing listens on port {port}")


def family(pid):
    """A process and its descendants."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [descendant for child in children for descendant in family(int(child))]


class Cost:
    """What a proxy's processes have used up so far. Tells of threads that live: an ended one takes its account along."""

    def __init__(self, pid):
        self.cpu_seconds = 0.0
        self.switches = 0
        for process in family(pid):
            for task in pathlib.Path(f"/proc/{process}/task").iterdir():
                self.cpu_seconds += int((task / "schedstat").read_text().split()[0]) / 1e9
                status = (task / "status").read_text()
                self.switches += sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)


def pss_bytes(pid):
    """What the proxy's processes hold, memory shared by several counted in shares."""
    total = 0
    for process in family(pid):
        for line in pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += 1024 * int(line.split()[1])
    return total


class Load:
    """A running `lastframe_bench` measurement. In order: `open`, or `ready`, `go`, `ready`; `go`, `result`."""

    def __init__(self, process):
        self.process = process

    def open(self):
        """Until its tunnels are open, and warm."""
        self.ready()
        self.go()
        self.ready()

    def ready(self):
        if not self.line().get("ready"):
            raise RuntimeError("the load generator was not ready")

    def go(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self):
        return self.line()

    def line(self):
        watch = threading.Timer(DEADLINE, self.process.kill)
        watch.start()
        text = self.process.stdout.readline()
        watch.cancel()
        if not text:
            raise RuntimeError("the load generator failed, or had nothing to say in time; its words stand above")
        return json.loads(text)


@contextlib.contextmanager
def load(network, binary, arguments):
    with network.process(
        [binary, *arguments], LOAD_CORE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Load(process)


def cores_are_there():
    return {LOAD_CORE, PROXY_CORE} <= os.sched_getaffinity(0)
