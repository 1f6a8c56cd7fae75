"""From rounds to medians, ratios and verdicts."""

import dataclasses
import math
import statistics

from .subjects import PEERS

# Two-sided 95 % points of Student's t for 1 to 20 degrees of freedom; 2.0 beyond.
STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09, 2.09)


@dataclasses.dataclass(frozen=True)
class Verdict:
    ratio: float  # the median of the rounds' ratios
    low: float  # 95 % interval of that: Student's t over the ratios' logarithms
    high: float
    rival: str
    limit: float
    lean: bool | None  # system calls and user instructions are not above the best peer's; None: not counted

    @property
    def word(self):
        if self.ratio <= self.limit:
            return "met"
        if self.low > self.limit:
            return "MISSED"
        return {None: "within noise", True: "met within noise", False: "MISSED, with more calls or instructions"}[self.lean]

    @property
    def missed(self):
        return self.word.startswith("MISSED")


def median(rounds, metric):
    values = [figures[metric] for figures in rounds if metric in figures]
    return statistics.median(values) if values else None


def best_peer(results, metric):
    """Who of the peers that ran has the least median; the same in all rounds, so that noise in one of them does not choose."""
    found = {name: median(results[name], metric) for name in PEERS if name in results}
    found = {name: value for name, value in found.items() if value is not None}
    return min(found, key=found.get) if found else None


def judge(results, bar):
    """`results`: {subject: [figures of each round]}; None where one of the two did not run."""
    rival = "floor" if bar.against == "floor" else best_peer(results, bar.metric)
    pairs = zip(results.get("lastframe", ()), results.get(rival, ()))
    ratios = [own[bar.metric] / other[bar.metric] for own, other in pairs if own.get(bar.metric) and other.get(bar.metric)]
    if not ratios:
        return None
    low, high = interval(ratios)
    return Verdict(statistics.median(ratios), low, high, rival, bar.limit, is_lean(results, best_peer(results, bar.metric)))


def is_lean(results, peer):
    """Whether lastframe's counts are at most the peer's, but for what a count differs by from run to run."""
    counts = [(median(results["lastframe"], metric), median(results.get(peer, ()), metric)) for metric in ("calls", "instructions")]
    if any(None in pair for pair in counts):
        return None
    return all(own <= 1.01 * other for own, other in counts)


def interval(ratios):
    logarithms = [math.log(ratio) for ratio in ratios]
    if len(ratios) < 2:
        return ratios[0], ratios[0]
    middle = statistics.mean(logarithms)
    degrees = len(ratios) - 1
    point = STUDENT[degrees - 1] if degrees <= len(STUDENT) else 2.0
    reach = point * statistics.stdev(logarithms) / math.sqrt(len(ratios))
    return math.exp(middle - reach), math.exp(middle + reach)
