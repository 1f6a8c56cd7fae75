"""The picture of a comparison: each subject's figures beside the best peer's, as an SVG."""

import math

from . import figures, scenarios

COLOURS = {"floor": "#888888", "lastframe": "#c2410c", "nginx": "#15803d", "haproxy": "#1d4ed8", "caddy": "#7e22ce", "direct": "#111111"}
WIDTH, LEFT, RIGHT, TOP, ROW = 900, 270, 30, 70, 22
LEAST, MOST = 0.05, 20.0  # of the axis, which is logarithmic
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def x_of(ratio):
    share = math.log(min(max(ratio, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def rows(chosen, results, names):
    """(label, {subject: ratio to the best peer}, lastframe's verdict)"""
    for scenario in chosen:
        found = results[scenario.name]
        for bar in (bar for bar in scenario.bars if bar.against == "peers"):
            best = figures.best_peer(found, bar.metric)
            if best is None:
                continue
            base = figures.median(found[best], bar.metric)
            medians = {name: figures.median(found.get(name, ()), bar.metric) for name in names}
            ratios = {name: value / base for name, value in medians.items() if value is not None and value > 0}
            yield f"{scenario.name}: {scenarios.METRICS[bar.metric][0]}", ratios, figures.judge(found, bar)


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{words}</text>'


def line(x1, y1, x2, y2, colour, more=""):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'


def draw(chosen, results, names):
    found = list(rows(chosen, results, names))
    height = TOP + ROW * len(found) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">',
        "<title>lastframe and others, relative to the best of nginx, HAProxy and Caddy</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        text(10, 20, "Relative to the best of nginx, HAProxy and Caddy (1, logarithmic; less is better)", more='font-weight="bold"'),
    ]
    for place, name in enumerate(names):
        x = 20 + 110 * place
        parts += [f'<circle cx="{x}" cy="40" r="5" fill="{COLOURS[name]}"/>', text(x + 10, 44, name)]
    bottom = TOP + ROW * len(found)
    for tick in TICKS:
        x = x_of(tick)
        parts += [line(x, TOP - 8, x, bottom, "#444444" if tick == 1 else "#dddddd"), text(x, bottom + 16, f"{tick:g}", "middle")]
    for number, (label, ratios, verdict) in enumerate(found):
        y = TOP + ROW * number + ROW / 2
        parts.append(text(LEFT - 10, y + 4, label, "end"))
        if verdict:
            parts.append(line(x_of(verdict.limit), y - 8, x_of(verdict.limit), y + 8, "black", 'stroke-dasharray="3 2"'))
            parts.append(line(x_of(verdict.low), y, x_of(verdict.high), y, COLOURS["lastframe"], 'stroke-width="2"'))
        for name, ratio in sorted(ratios.items(), key=lambda item: item[0] == "lastframe"):
            radius = 6 if name == "lastframe" else 4
            parts.append(f'<circle cx="{x_of(ratio):.1f}" cy="{y}" r="{radius}" fill="{COLOURS[name]}"/>')
    parts.append(text(10, height - 6, "dashed: the bar; line: the 95 % interval of lastframe's ratio", more='fill="#555555"'))
    return "\n".join([*parts, "</svg>", ""])
