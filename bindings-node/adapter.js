'use strict';

// What the adapters share: an HTTP request as the event that a verifier reads, and listeners. Needs
// nothing of Node.

/**
 * As CloudFront writes it: names in lower case, an entry for each value.
 * @param {{ method: unknown, uri: unknown, querystring: unknown, clientIp: unknown,
 *   headers: Iterable<readonly [string, unknown]> }} parts
 */
function makeEvent({ headers, ...request }) {
  const lists = Object.create(null); // a client may send __proto__
  for (const [name, value] of headers) (lists[name.toLowerCase()] ??= []).push({ value });
  return { Records: [{ cf: { request: { ...request, headers: lists } } }] };
}

/** One spelling for all that a server may take for the same header. */
function foldName(name) {
  return name.toLowerCase().replaceAll('_', '-');
}

/** A decision's edits of headers: which go, in one spelling, and which are set after that. */
function readHeaderEdits(edits) {
  const removed = new Set(edits.remove.map(foldName));
  const set = { ...edits.set };
  if (edits.cookie !== undefined) {
    removed.add('cookie');
    if (edits.cookie !== '') set.cookie = edits.cookie;
  }
  return { removed, set: Object.entries(set) };
}

function passes(decision) {
  return decision.allowed === true || decision.shadow === true;
}

/** What a listener throws, or rejects with, does not change a decision. */
function call(listener, argument) {
  try {
    const told = listener(argument);
    if (typeof told?.then === 'function') told.then(undefined, () => {});
  } catch {
    // Ignored.
  }
}

function tell(decision, { log = console.log, onDecision } = {}) {
  const { logLine } = decision;
  if (logLine !== undefined) call(log, logLine);
  if (onDecision !== undefined) call(onDecision, decision);
}

module.exports = { makeEvent, foldName, readHeaderEdits, passes, tell };
