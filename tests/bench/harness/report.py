"""The table of a comparison, on a terminal or in Markdown."""

import datetime
import pathlib
import platform

from . import figures, scenarios


def shown(value):
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def rows(scenario, results, names):
    """Cells: scenario, metric, a figure for each subject, then ratios and what they mean."""
    barred = list(dict.fromkeys(bar.metric for bar in scenario.bars))
    counted = ("calls", "instructions") if scenario.units else ()
    for metric in [*barred, *(name for name in (*scenario.shown, *counted) if name not in barred)]:
        if not any(figures.median(rounds, metric) is not None for rounds in results.values()):
            continue
        title, unit = scenarios.METRICS[metric]
        cells = [scenario.name, f"{title}, {unit}" if unit else title]
        cells += [shown(figures.median(results.get(name, ()), metric)) for name in names]
        verdicts = [figures.judge(results, bar) for bar in scenario.bars if bar.metric == metric]
        yield cells + ["; ".join(told(verdict) for verdict in verdicts if verdict)]


def told(verdict):
    return (f"{verdict.ratio:.2f} ({verdict.low:.2f}–{verdict.high:.2f}) of {verdict.rival}, "
            f"≤ {verdict.limit:.2f}: {verdict.word}")  # fmt: skip


def table(chosen, results, names):
    """A Markdown table, padded so that it reads on a terminal too."""
    head = ["scenario", "median of", *names, "ratio (95 %), bar"]
    lines = [head] + [row for scenario in chosen for row in rows(scenario, results[scenario.name], names)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines)


def calls(chosen, results, names):
    """Which system calls, of those that make 1 % of all."""
    for scenario in chosen:
        for name in names:
            for counted in (rounds for rounds in results[scenario.name].get(name, ()) if "calls" in rounds):
                told = sorted(counted["calls_by_name"].items(), key=lambda item: -item[1])
                yield f"{scenario.name} {name}: " + ", ".join(
                    f"{call} {count:.2f}" for call, count in told if count >= 0.01 * counted["calls"]
                )


def page(chosen, results, options):
    """docs/performance/compare.md"""
    models = [line for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    processor = models[0].partition(":")[2].strip() if models else platform.machine()
    return "\n".join([
        "# lastframe beside others",
        "",
        f"Written by `tests/bench/compare --write` on {datetime.date.today()}: {options.rounds} interleaved rounds, idle ones {options.idle_rounds}, "
        f"{processor}, {len(models)} cores, Linux {platform.release()}. One worker each; what is compared, and how, tells the program's head.",
        "",
        "![each subject's figures relative to the best peer's](compare.svg)",
        "",
        table(chosen, results, options.subjects),
        "",
        "System calls for each message or connection, by the kernel's tracepoints:",
        "",
        *(f"- {words}" for words in calls(chosen, results, options.subjects)),
        "",
    ])  # fmt: skip
