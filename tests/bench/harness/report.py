"""The table of a comparison, on a terminal or in Markdown."""

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
    for metric in [*barred, *(name for name in scenario.shown if name not in barred)]:
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
