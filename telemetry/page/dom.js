// Elements from text. Text is set as text, never read as markup: much of it was chosen by peers.

const svgNamespace = 'http://www.w3.org/2000/svg';

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ''));
  return made;
}

/** An element with attributes, and with elements or text in it. */
export const element = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

export const svgElement = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(svgNamespace, tag), attributes, children);

/** Sets text only where it differs, so that what is selected or read aloud is not disturbed. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Makes the children of `parent` those of `items`, in their order. An element stays in its place while its key does, so
 * that it keeps the focus.
 */
export function reconcile(parent, items, keyOf, make, update = () => {}) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = String(keyOf(item));
    const child = before.get(key) ?? make(item);
    child.dataset.key = key;
    before.delete(key);
    update(child, item);
    return child;
  });
  for (const child of before.values()) child.remove();
  wanted.forEach((child, at) => {
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null);
  });
}

// Characters that a reader would not see, or that change the order in which others are shown.
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A peer's text, with such characters as escapes, kept apart from the text around it. */
export const peerText = (text, className = '') => element('bdi', { class: className || undefined },
  String(text).replace(unseen, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`));

const numbers = new Intl.NumberFormat('en');
export const formatNumber = (number) => numbers.format(number);

export const formatClock = (time) => new Date(time).toLocaleTimeString('en-GB');

/** Seconds in the two largest units that matter. */
export function formatDuration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  for (const [size, unit, rest, restUnit] of [[86400, 'd', 3600, 'h'], [3600, 'h', 60, 'min'], [60, 'min', 1, 's']]) {
    if (whole < size) continue;
    const left = Math.floor((whole % size) / rest);
    return `${Math.floor(whole / size)} ${unit}${left ? ` ${left} ${restUnit}` : ''}`;
  }
  return `${whole} s`;
}
