'use strict';

// A verifier in front of an Express, Connect or plain node:http application: docs/adapters.md.

const { makeEvent, foldName, readHeaderEdits, passes, tell } = require('./adapter.js');

/** Each header as the client sent it: `req.headers` keeps one Authorization of several. */
function* headersOf(req) {
  const { rawHeaders } = req;
  if (rawHeaders === undefined || rawHeaders.length === 0) {
    for (const [name, values] of Object.entries(req.headers)) {
      for (const value of [values].flat()) yield [name, value];
    }
    return;
  }
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!rawHeaders[i].startsWith(':')) yield [rawHeaders[i], rawHeaders[i + 1]]; // HTTP/2
  }
}

/** The path and query that routes below will see, with what a mount has taken off. */
function targetOf(req) {
  const target =
    req.baseUrl === undefined ? (req.originalUrl ?? req.url) : req.baseUrl + req.url;
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

function edit(req, edits) {
  const { removed, set } = readHeaderEdits(edits);
  const raw = [...headersOf(req)].filter(([name]) => !removed.has(foldName(name)));
  // Node makes these two of rawHeaders when they are first read.
  const { headers, headersDistinct } = req;
  for (const object of [headers, headersDistinct ?? {}]) {
    for (const name of Object.keys(object)) if (removed.has(foldName(name))) delete object[name];
  }
  for (const [name, value] of set) {
    headers[name] = value;
    if (headersDistinct !== undefined) headersDistinct[name] = [value];
  }
  Object.defineProperty(req, 'rawHeaders', {
    value: [...raw, ...set].flat(),
    configurable: true,
    enumerable: true,
    writable: true,
  });

  const query = edits.querystring;
  if (query === undefined) return;
  for (const name of ['url', 'originalUrl']) {
    if (typeof req[name] !== 'string') continue;
    const [path] = req[name].split('?', 1);
    req[name] = query === '' ? path : `${path}?${query}`;
  }
  // Express 4 has parsed the query by now; Express 5 does so at each reading.
  const parse = req.app?.get?.('query parser fn');
  if (Object.hasOwn(req, 'query') && parse !== undefined) req.query = parse(query);
}

function refuse(res, response) {
  res.statusCode = Number(response.status);
  for (const entries of Object.values(response.headers)) {
    const values = entries.map(({ value }) => value);
    res.setHeader(entries[0].key, values.length === 1 ? values[0] : values);
  }
  res.end(response.body);
}

function createMiddleware(verifier, options = {}) {
  // Express knows which proxies to believe.
  const { clientIp = (req) => req.ip ?? req.socket?.remoteAddress } = options;
  return function portcullis(req, res, next) {
    const [uri, querystring] = targetOf(req);
    const event = makeEvent({
      method: req.method,
      uri,
      querystring,
      clientIp: clientIp(req),
      headers: headersOf(req),
    });
    const decision = verifier.verify(event);
    tell(decision, options);
    if (!passes(decision)) {
      refuse(res, decision.response);
      return;
    }
    const { edits } = decision;
    req.portcullis = { claims: decision.claims };
    if (edits !== undefined) edit(req, edits);
    next();
  };
}

module.exports = { createMiddleware };
