// What a code means: a panel beside whatever shows the code, on hover, focus and tap.
import { element } from './dom.js';

/** From what goes well to what does not; the bars of the chart stand on the last. */
export const classes = ['clean', 'restart', 'service', 'failure', 'abnormal'];

const other = {
  name: 'other',
  class: 'service',
  meaning: 'Codes from 3000 to 4999 that have no label of their own.',
  sender: 'Services and their own clients.',
  operator_hint: 'Name the codes that matter in telemetry.app_codes. The list of closes shows each by its number.',
  client_hint: 'What the application says.',
};

/** The table of codes that the server gave. */
export class Codes {
  constructor({ codes, app_codes: names, causes }) {
    this.table = codes;
    this.names = names;
    this.causes = causes;
  }

  find(code) {
    const number = Number(code);
    const info = this.table.find(({ first, last }) => first <= number && number <= last) ?? other;
    return { ...info, name: this.names[code] ?? info.name };
  }

  classOf(code) { return this.find(code).class; }
}

/** A code that explains itself. */
export const codeChip = (codes, code, ...more) => element('button', {
  type: 'button', class: `code ${codes.classOf(code)}`, 'data-code': code, 'aria-haspopup': 'dialog',
}, element('span', { class: 'dot', 'aria-hidden': 'true' }), String(code), ...more);

/** Shows the panel for every element with `data-code`. `choose(code)` is called to show only closes with it. */
export class Explainer {
  #panel;
  #codes;
  #choose;
  #anchor = null;
  #pinned = false;
  #timer = 0;

  constructor(panel, codes, choose) {
    this.#panel = panel;
    this.#codes = codes;
    this.#choose = choose;
    const codeAt = (event) => event.target.closest?.('[data-code]');
    document.addEventListener('pointerover', (event) => {
      if (event.pointerType !== 'mouse' || this.#pinned) return;
      const anchor = codeAt(event);
      if (anchor) this.#later(() => this.#open(anchor), 120);
      else if (panel.contains(event.target)) clearTimeout(this.#timer);
      else if (this.#anchor) this.#later(() => this.close(), 250);
    });
    document.addEventListener('focusin', (event) => {
      const anchor = codeAt(event);
      if (anchor?.matches(':focus-visible')) this.#open(anchor);
      else if (this.#anchor && !panel.contains(event.target) && event.target !== this.#anchor) this.close();
    });
    document.addEventListener('click', (event) => {
      const anchor = codeAt(event);
      if (anchor && this.#pinned && anchor === this.#anchor) this.close();
      else if (anchor) { this.#open(anchor); this.#pinned = true; }
      else if (!panel.contains(event.target)) this.close();
    });
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.#anchor) return;
      const anchor = this.#anchor;
      if (panel.contains(document.activeElement)) anchor.focus();
      this.close();
    });
    addEventListener('resize', () => this.close());
    addEventListener('scroll', () => { if (this.#anchor) this.#place(); }, { passive: true });
  }

  #later(action, milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, milliseconds);
  }

  #open(anchor) {
    clearTimeout(this.#timer);
    if (this.#anchor === anchor && !this.#panel.hidden) return;
    this.close();
    if (!anchor.isConnected) return;
    this.#anchor = anchor;
    anchor.setAttribute('aria-expanded', 'true');
    anchor.setAttribute('aria-describedby', 'explain');
    this.#write(anchor.dataset.code);
    this.#panel.hidden = false;
    this.#place();
  }

  close() {
    clearTimeout(this.#timer);
    this.#anchor?.removeAttribute('aria-expanded');
    this.#anchor?.removeAttribute('aria-describedby');
    this.#anchor = null;
    this.#pinned = false;
    this.#panel.hidden = true;
  }

  #write(code) {
    const info = this.#codes.find(code);
    const known = /^\d+$/.test(code);
    const only = element('button', { type: 'button', class: 'only' }, `Show only closes with ${code}`);
    only.addEventListener('click', () => { this.close(); this.#choose(code); });
    const shut = element('button', { type: 'button', class: 'shut', 'aria-label': 'Close this explanation' }, '×');
    shut.addEventListener('click', () => { this.#anchor?.focus(); this.close(); });
    const part = (title, text) => [element('dt', {}, title), element('dd', {}, text)];
    this.#panel.className = `explain ${info.class}`;
    this.#panel.replaceChildren(
      element('h3', { id: 'explain-title' }, code, ' ', element('span', { class: 'name' }, known ? info.name : '')),
      element('p', { class: 'class-name' }, element('span', { class: 'dot', 'aria-hidden': 'true' }), info.class),
      shut,
      element('p', {}, info.meaning),
      element('dl', {},
        ...part('Usual sources', info.sender),
        ...part('What clients should do', info.client_hint),
        ...part('What to look at', info.operator_hint)),
      known ? only : '');
  }

  /** Below its code, or above it where there is more room; at the foot of a narrow screen. */
  #place() {
    const panel = this.#panel;
    const narrow = innerWidth < 640;
    panel.classList.toggle('sheet', narrow);
    panel.style.left = panel.style.top = '';
    if (narrow || !this.#anchor.isConnected) return;
    const at = this.#anchor.getBoundingClientRect();
    const size = panel.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - size.width - 8));
    const fits = at.bottom + 8 + size.height <= innerHeight || at.top < size.height + 16;
    panel.style.left = `${left}px`;
    panel.style.top = `${fits ? at.bottom + 8 : at.top - size.height - 8}px`;
  }
}
