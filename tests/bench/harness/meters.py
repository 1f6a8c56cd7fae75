"""What is read of a proxy while a load runs: CPU, system calls, or user instructions. Each run has one of them, for the last two slow
the proxy down. In order: `begin` and `end` with the proxy's process id; `end` gives figures for each of `units` messages or connections."""

import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile
import time

from . import machine


class Cpu:
    """The scheduler's account of the proxy's threads."""

    wrapper = ()

    def begin(self, pid):
        self.before = machine.Cost(pid)

    def end(self, pid, scenario):
        after = machine.Cost(pid)
        seconds = after.cpu_seconds - self.before.cpu_seconds
        figures = {}
        if scenario.relayed:
            figures["cpu_us"] = 1e6 * seconds / scenario.relayed
            figures["switches"] = (after.switches - self.before.switches) / scenario.relayed
        if scenario.relayed_bytes:
            figures["cpu_ns_byte"] = 1e9 * seconds / scenario.relayed_bytes
        if scenario.connections:
            figures["cpu_us_connection"] = 1e6 * seconds / scenario.connections
        return figures


class Calls:
    """System calls by the kernel's tracepoints, which cost a fraction of what strace costs: a slow proxy would find larger batches."""

    wrapper = ()
    tools = {"perf": "linux-perf"}
    gives = ("calls", "calls_by_name")
    NAMED = ("read", "write", "readv", "writev", "recvfrom", "recvmsg", "sendto", "sendmsg", "splice", "ioctl", "epoll_wait",
             "epoll_pwait", "epoll_ctl", "futex", "timerfd_settime", "accept4", "close")  # fmt: skip

    def begin(self, pid):
        self.directory = tempfile.TemporaryDirectory(prefix="lastframe-bench-")
        folder = pathlib.Path(self.directory.name)
        self.report = folder / "report"
        for fifo in ("orders", "answers"):
            os.mkfifo(folder / fifo)
        events = ",".join(["raw_syscalls:sys_enter", *(f"syscalls:sys_enter_{name}" for name in self.NAMED)])
        processes = ",".join(map(str, machine.family(pid)))
        self.perf = subprocess.Popen(
            ["perf", "stat", "-x;", "-D", "-1", "-e", events, "-p", processes, "-o", self.report,
             "--control", f"fifo:{folder}/orders,{folder}/answers"],
            stdout=subprocess.DEVNULL, stderr=(folder / "words").open("w"))  # fmt: skip
        self.orders = os.open(folder / "orders", os.O_RDWR)
        self.answers = os.open(folder / "answers", os.O_RDWR)
        self.order(b"enable\n")

    @staticmethod
    def suits(subject):
        return subject != "direct"

    def order(self, words):
        os.write(self.orders, words)
        begin = time.monotonic()
        while not select.select([self.answers], [], [], 0.1)[0]:
            if self.perf.poll() is not None or time.monotonic() - begin > machine.DEADLINE:
                words = (pathlib.Path(self.directory.name) / "words").read_text()
                raise RuntimeError(f"perf cannot count system calls: it takes root. {words}")
        os.read(self.answers, 64)

    def end(self, _, scenario):
        self.order(b"disable\n")
        self.perf.send_signal(signal.SIGINT)
        self.perf.wait()
        os.close(self.orders)
        os.close(self.answers)
        counts = {}
        for line in self.report.read_text().splitlines():
            fields = line.split(";")
            if len(fields) > 2 and fields[0].isdigit():
                counts[fields[2].rpartition("sys_enter")[2].lstrip("_")] = int(fields[0]) / scenario.units
        self.directory.cleanup()
        return {"calls": counts.pop(""), "calls_by_name": {name: count for name, count in counts.items() if count >= 0.005}}


class Instructions:
    """User instructions by valgrind's callgrind, libraries included."""

    tools = {"valgrind": "valgrind"}
    gives = ("instructions",)

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="lastframe-bench-")
        self.report = pathlib.Path(self.directory.name) / "report"
        self.wrapper = ("valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={self.report}")

    def begin(self, pid):
        self.tell(pid, "--zero")

    def end(self, pid, scenario):
        self.tell(pid, "--dump")
        total = sum(int(re.search(r"^totals: (\d+)", path.read_text(), re.MULTILINE)[1])
                    for path in self.report.parent.glob("report.*"))  # fmt: skip
        self.directory.cleanup()
        return {"instructions": total / scenario.units}

    @staticmethod
    def suits(subject):
        """Valgrind does not run Go's programs."""
        return subject not in ("direct", "caddy")

    @staticmethod
    def tell(pid, what):
        subprocess.run(["callgrind_control", what, str(pid)], check=True, capture_output=True, timeout=machine.DEADLINE)
