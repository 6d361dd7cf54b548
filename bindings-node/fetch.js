'use strict';

// A verifier for hosts that speak Request and Response: Workers, Deno, Bun, Node. docs/adapters.md.

const { makeEvent, foldName, readHeaderEdits, passes, tell } = require('./adapter.js');

function makeResponse({ status, statusDescription, headers, body }) {
  const list = Object.values(headers).flat();
  return new Response(body ?? null, {
    status: Number(status),
    statusText: statusDescription,
    headers: list.map(({ key, value }) => [key, value]),
  });
}

/** A request that came in cannot be changed: another one with its body. */
function edit(request, url, edits) {
  const { removed, set } = readHeaderEdits(edits);
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (removed.has(foldName(name))) headers.delete(name);
  for (const [name, value] of set) headers.set(name, value);
  let source = request;
  if (edits.querystring !== undefined) {
    url.search = edits.querystring;
    source = new Request(url.href, request);
  }
  return new Request(source, { headers });
}

function createGuard(verifier, options = {}) {
  return function guard(request, passed) {
    const url = new URL(request.url);
    const event = makeEvent({
      method: request.method,
      uri: url.pathname,
      querystring: url.search.slice(1),
      clientIp: options.clientIp?.(request),
      headers: request.headers,
    });
    const decision = verifier.verify(event);
    tell(decision, options);
    if (!passes(decision)) return makeResponse(decision.response);
    const { edits } = decision;
    if (passed === undefined) {
      // Without it, a header that a client made up would look like the issuer's word.
      if (edits === undefined) return undefined;
      throw new TypeError('passed: expected an object: this policy changes requests');
    }
    passed.request = edits === undefined ? request : edit(request, url, edits);
    passed.claims = decision.claims;
    return undefined;
  };
}

module.exports = { createGuard };
