// Closes per code over 15 minutes, as stacked bars of ten seconds each, and the legend that counts them.
import { element, formatClock, formatNumber, reconcile, setText, svgElement } from './dom.js';
import { classes, codeChip } from './explain.js';

const barCount = 90;
const margin = { top: 10, right: 4, bottom: 22, left: 36 };
// What went wrong stands on the axis, where its height can be read.
const fromTheAxis = [...classes].reverse();
const notes = {
  clean: 'a peer was done', restart: 'to come back soon', service: "the service's own codes",
  failure: 'a Close that tells of a fault', abnormal: 'no Close at all',
};

/** A round number at or above `value` whose quarters or halves are whole. */
function niceTop(value) {
  const steps = [1, 2, 4, 6, 8, 10, 20, 40, 60, 80];
  for (let scale = 1; ; scale *= 10) {
    const found = steps.map((step) => step * scale).find((step) => step >= value);
    if (found) return found;
  }
}

export class Chart {
  #svg;
  #readout;
  #legend;
  #codes;
  #bars = [];
  #order = [];
  #chosen = null;
  #code = '';
  #seconds = 10;

  constructor({ svg, readout, legend, codes }) {
    this.#svg = svg;
    this.#readout = readout;
    this.#legend = legend;
    this.#codes = codes;
    new ResizeObserver(() => this.#draw()).observe(svg);
    svg.addEventListener('pointermove', (event) => this.#choose(this.#barAt(event)));
    svg.addEventListener('pointerdown', (event) => this.#choose(this.#barAt(event)));
    svg.addEventListener('pointerleave', () => this.#choose(null));
    svg.addEventListener('blur', () => this.#choose(null));
    svg.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -barCount, End: barCount }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#choose(Math.max(0, Math.min(barCount - 1, (this.#chosen ?? barCount - 1) + step)));
    });
  }

  /** Shows one leg's counts, in the bars those of `code` only, unless it is empty; the legend has all. */
  show({ time, windows, window_seconds: seconds }, leg, code) {
    this.#seconds = seconds;
    this.#code = code;
    const length = seconds * 1000;
    const newest = Math.floor(Date.parse(time) / length) * length;
    this.#bars = Array.from({ length: barCount },
      (_, i) => ({ start: newest - (barCount - 1 - i) * length, counts: new Map(), sum: 0 }));
    this.totals = new Map();
    for (const { start, counts } of windows) {
      const bar = this.#bars[barCount - 1 - (newest - Date.parse(start)) / length];
      if (!bar) continue;
      for (const counted of counts) {
        if (counted.leg !== leg) continue;
        if (!code || counted.code === code) {
          bar.counts.set(counted.code, counted.count);
          bar.sum += counted.count;
        }
        this.totals.set(counted.code, (this.totals.get(counted.code) ?? 0) + counted.count);
      }
    }
    this.sum = [...this.totals.values()].reduce((sum, count) => sum + count, 0);
    this.shown = this.#bars.reduce((sum, bar) => sum + bar.sum, 0);
    this.#order = fromTheAxis.flatMap((name) => this.#codesOf(name)).filter((one) => !code || one === code);
    this.#draw();
    this.#showLegend();
    this.#svg.setAttribute('aria-label', this.#summary(leg));
  }

  #codesOf(name) {
    return [...this.totals.keys()].filter((code) => this.#codes.classOf(code) === name).sort();
  }

  #summary(leg) {
    const parts = this.#order.map((code) => `${code}: ${this.totals.get(code)}`);
    return `Stacked bars of closes on the ${leg} leg in the last 15 minutes, ${this.shown} in all. ${parts.join(', ')}`;
  }

  #geometry() {
    const { width, height } = this.#svg.getBoundingClientRect();
    const inner = { width: Math.max(0, width - margin.left - margin.right), height: height - margin.top - margin.bottom };
    return { width, height, inner, step: inner.width / barCount };
  }

  #draw() {
    const { width, height, inner, step } = this.#geometry();
    if (width === 0 || this.#bars.length === 0) return;
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    const top = niceTop(Math.max(...this.#bars.map((bar) => bar.sum)));
    const y = (count) => margin.top + inner.height * (1 - count / top);
    const x = (i) => margin.left + i * step;
    const parts = [...this.#grid(top, y, width), ...this.#clock(x, height)];
    if (this.#chosen !== null) {
      parts.push(svgElement('rect', { class: 'chosen', x: x(this.#chosen), y: margin.top, width: step,
        height: inner.height }));
    }
    const gap = step > 5 ? 1 : 0.5;
    this.#bars.forEach((bar, i) => {
      let below = 0;
      for (const code of this.#order) {
        const count = bar.counts.get(code);
        if (!count) continue;
        const high = y(below) - y(below + count);
        parts.push(svgElement('rect', { class: this.#barClass(code), x: x(i) + gap / 2, y: y(below + count),
          width: Math.max(1, step - gap), height: Math.max(0.5, high - 0.5) }));
        below += count;
      }
    });
    if (this.shown === 0) {
      parts.push(svgElement('text', { class: 'nothing', x: margin.left + inner.width / 2,
        y: margin.top + inner.height / 2, 'text-anchor': 'middle' }, this.#code ? `No closes with ${this.#code} in the last 15 minutes` : 'No closes in the last 15 minutes'));
    }
    this.#svg.replaceChildren(...parts);
    this.#showReadout();
  }

  #barClass(code) {
    return `bar ${this.#codes.classOf(code)} ${this.#shade(code)}`;
  }

  /** The codes of a class share its colour, each a shade lighter than the one before. */
  #shade(code) {
    return `shade-${Math.min(this.#codesOf(this.#codes.classOf(code)).indexOf(code), 3)}`;
  }

  #grid(top, y, width) {
    const marks = [...new Set([0, top / 2, top])].filter(Number.isInteger);
    return marks.flatMap((count) => [
      svgElement('line', { class: count ? 'grid' : 'axis', x1: margin.left, x2: width - margin.right, y1: y(count), y2: y(count) }),
      svgElement('text', { class: 'tick', x: margin.left - 6, y: y(count) + 4, 'text-anchor': 'end' }, formatNumber(count)),
    ]);
  }

  #clock(x, height) {
    const every = 5 * 60_000;
    return this.#bars.flatMap(({ start }, i) => (start % every ? [] : [
      svgElement('line', { class: 'axis', x1: x(i), x2: x(i), y1: height - margin.bottom, y2: height - margin.bottom + 4 }),
      svgElement('text', { class: 'tick', x: x(i), y: height - 5,
        'text-anchor': i < 5 ? 'start' : i > barCount - 6 ? 'end' : 'middle' }, formatClock(start).slice(0, 5)),
    ]));
  }

  #barAt(event) {
    const { step } = this.#geometry();
    const at = Math.floor((event.clientX - this.#svg.getBoundingClientRect().left - margin.left) / step);
    return at >= 0 && at < barCount ? at : null;
  }

  #choose(at) {
    if (at === this.#chosen) return;
    this.#chosen = at;
    this.#draw();
  }

  #showReadout() {
    const bar = this.#bars[this.#chosen];
    if (!bar) {
      setText(this.#readout, this.shown === 0 ? '' : `Each bar is ${this.#seconds} s; point at one to read it.`);
      return;
    }
    const parts = this.#order.filter((code) => bar.counts.has(code)).map((code) => `${code} × ${bar.counts.get(code)}`);
    setText(this.#readout, `${formatClock(bar.start)}: ${parts.join(', ') || 'no closes'}`);
  }

  #showLegend() {
    reconcile(this.#legend, fromTheAxis, (name) => name,
      (name) => element('li', { class: name },
        element('span', { class: 'class-name', title: notes[name] }, element('span', { class: 'dot', 'aria-hidden': 'true' }), name),
        element('span', { class: 'chips' })),
      (item, name) => {
        const present = this.#codesOf(name);
        item.classList.toggle('none', present.length === 0);
        reconcile(item.lastElementChild, present, (code) => code,
          (code) => codeChip(this.#codes, code, element('span', { class: 'count' })),
          (chip, code) => {
            setText(chip.querySelector('.count'), formatNumber(this.totals.get(code)));
            chip.querySelector('.dot').className = `dot ${this.#shade(code)}`;
            chip.classList.toggle('aside', Boolean(this.#code) && this.#code !== code);
          });
      });
  }
}
