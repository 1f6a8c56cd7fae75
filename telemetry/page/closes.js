// The list of the last closes.
import { element, formatClock, formatDuration, peerText, reconcile } from './dom.js';
import { codeChip } from './explain.js';

const words = { client: 'client', upstream: 'upstream', proxy: 'lastframe' };

const cell = (label, ...children) =>
  element('td', { role: 'cell', 'data-label': label }, element('span', {}, ...children));

function legCell(codes, label, code, reason) {
  if (code === null) return cell(label, element('span', { class: 'never' }, 'never open'));
  return cell(label, codeChip(codes, code), ' ', reason ? peerText(reason, 'reason') : '');
}

function row(codes, close) {
  const when = element('time', { datetime: close.time, title: new Date(close.time).toString() }, formatClock(close.time));
  return element('tr', { role: 'row' },
    cell('Time', when),
    legCell(codes, 'Client got', close.client_code, close.client_reason),
    legCell(codes, 'Upstream got', close.upstream_code, close.upstream_reason),
    cell('Ended by', words[close.initiator], ' ', element('span', { class: 'cause' }, close.cause)),
    cell('Open for', formatDuration(close.duration_seconds)),
    cell('Route', close.route, ' ', peerText(close.path, 'path')),
    cell('Client and upstream', element('span', { class: 'peer' }, close.client), ' → ',
      element('span', { class: 'peer' }, close.upstream || 'none reached')));
}

/** Shows closes, the newest first; rows that stay keep their elements, and so the focus. */
export function showCloses(body, codes, closes) {
  reconcile(body, closes, ({ tunnel, time }) => `${tunnel} ${time}`, (close) => row(codes, close));
}

/** Keeps the options of a select; what is chosen stays even where no close shows it any more. */
export function showOptions(select, values, chosen, nameOf = (value) => value) {
  const all = [...new Set([...values, chosen].filter(Boolean).map(String))];
  reconcile(select, ['', ...all], (value) => value,
    (value) => element('option', { value }, value ? nameOf(value) : 'all'));
  if (select.value !== chosen) select.value = chosen;
}
