'use strict';

// What only a policy with an edge layer needs (docs/edge.md): the fields of a request that the core asks
// for, the edits that it wants, its responses and log lines. Loaded by edge.js for such a policy and for
// checkResponse; nothing here looks into a token, a claim, a path or a policy.
//
// The member `edge` of an engine's instance:
//   describe()                        -> what the policy wants of its door; undefined without the layer
//   seed(sixteenBytes)                -> true
//   judge(request, now)               -> decision, a number as in portcullis/edge_api.h
//   response(request, decision, now)  -> JSON text
//   edits(request, decision)          -> JSON text
//   log(request, decision)            -> the members of a line; undefined when it is not to be logged
//   claims(request, decision)         -> JSON text; undefined on a public route
//   answerChallenge(challenge, client, now)  -> the proof, or undefined
//   checkResponse(eventType, response, original: Uint8Array)  -> "<rule> <path>\n" for each finding
// A checker has the last, and
//   responseRules()                   -> ["<name>\n<what to do>\n<source>", …]
// A request is a text: its fields as below, parted by NUL. A NUL inside a field makes one field too many,
// which is no request.

const SEPARATOR = '\0';

// enum portcullis_field_shape of portcullis/c_api.h. The value stands behind SINGLE.
const ABSENT = '0';
const SINGLE = '1';
const REPEATED = '2';
const MALFORMED = '3';
const NO_REQUEST = '4';

// A decision: the reason's code, the kind, and the route's number counted from 1.
const REASON = 0xff;
const KIND_SHIFT = 8;
const KIND = 3;
const ROUTE_SHIFT = 10;
const ALLOW = 0;
const CHALLENGE = 2;
const KINDS = ['allow', 'deny', 'challenge', 'answer'];
const REDIRECT = 302;

const EVENT_TYPES = ['viewer-request', 'origin-request', 'origin-response', 'viewer-response'];
const VIEWER_REQUEST = 0;

/** What is logged when the core cannot be asked any more. */
const FAILED_MEMBERS = '"decision":"deny","reason":"internal_error","status":500';
const LONGEST_REQUEST_ID = 128;

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);
const NO_JSON = encoder.encode(' ');

/** @param {number} decision */
function isAllowed(decision) {
  return (decision & ((KIND << KIND_SHIFT) | REASON)) === 0;
}

/** How long a decision took, told so that lines can be counted. */
function bucket(milliseconds) {
  if (milliseconds < 0.1) return '<0.1ms';
  if (milliseconds < 1) return '<1ms';
  if (milliseconds < 10) return '<10ms';
  return milliseconds < 100 ? '<100ms' : '>=100ms';
}

/** How origins may read the name of a header: many take "_" for "-". */
function foldName(name) {
  return name.toLowerCase().replaceAll('_', '-');
}

/**
 * Changes a request as the core wants it changed.
 * @param {any} request
 * @param {{ remove?: string[], set?: Record<string, string>, cookie?: string, querystring?: string }} edits
 */
function applyEdits(request, { remove = [], set = {}, cookie, querystring }) {
  const headers = request.headers ?? {};
  if (typeof headers !== 'object' || Array.isArray(headers)) {
    throw new TypeError('headers: expected an object'); // nothing could be taken out of them for sure
  }
  if (remove.length !== 0) {
    const removed = new Set(remove.map(foldName));
    for (const name of Object.keys(headers)) {
      if (removed.has(foldName(name))) delete headers[name];
    }
  }
  const added = Object.entries(set);
  for (const [name, value] of added) headers[name] = [{ key: name, value }];
  if (added.length !== 0) request.headers = headers;
  if (cookie === '') delete headers.cookie;
  else if (cookie !== undefined) headers.cookie = [{ key: 'Cookie', value: cookie }];
  if (querystring !== undefined) request.querystring = querystring;
}

/**
 * @param {any} core of edge.js
 * @param {any} edge the functions of the engine's instance
 * @param {string} told what they say of the policy: "<edits><logs><shadow>", each 0 or 1, and a line for
 *     each header that is read
 * @param {any} common what edge.js has for both kinds of policies
 */
function createEdgeLayer(core, edge, told, common) {
  const { FAILED, isObject, findRequest, clock, tell, failedResponse } = common;
  const [flags, ...names] = told.split('\n');
  const [edits, logs, shadow] = Array.from(flags, (flag) => flag === '1');
  const allHeaders = (shape) => names.map(() => SEPARATOR + shape).join('');
  const allAbsent = allHeaders(ABSENT);
  const allMalformed = allHeaders(MALFORMED);
  // Method, uri, querystring, client address.
  const noRequest = [NO_REQUEST, NO_REQUEST, NO_REQUEST, NO_REQUEST].join(SEPARATOR) + allHeaders(NO_REQUEST);

  const { crypto } = globalThis;
  if (crypto === undefined) throw new Error('portcullis: expected globalThis.crypto');
  let seeded = false;
  const seed = () => (seeded = edge.seed(crypto.getRandomValues(new Uint8Array(16))) === true);
  try {
    seed();
  } catch {
    // A Worker gives no random values before its first request: then.
  }

  const writeField = (value) => (typeof value === 'string' ? SINGLE + value : MALFORMED);
  const writeOptional = (value) => (value === undefined || value === null ? ABSENT : writeField(value));
  const readValue = (entry) => (isObject(entry) ? entry.value : undefined);

  /** The one value of a header, or the shape of what is there. */
  function writeHeader(list) {
    if (list === undefined || list === null) return ABSENT;
    if (!Array.isArray(list)) return MALFORMED;
    const length = list.length;
    if (length !== 1) return length === 0 ? ABSENT : REPEATED;
    return writeField(readValue(list[0]));
  }

  /** Several Cookie headers are one list of cookies (RFC 9113 section 8.2.3). */
  function writeCookies(list) {
    if (!Array.isArray(list) || list.length < 2) return writeHeader(list);
    const values = Array.from(list, readValue);
    return values.every((value) => typeof value === 'string') ? SINGLE + values.join('; ') : MALFORMED;
  }

  /** @param {any} request */
  function writeRequest(request) {
    const text =
      writeField(request.method) +
      SEPARATOR +
      writeField(request.uri) +
      SEPARATOR +
      writeOptional(request.querystring) +
      SEPARATOR +
      writeOptional(request.clientIp);
    const headers = request.headers;
    if (headers === undefined || headers === null) return text + allAbsent;
    if (!isObject(headers)) return text + allMalformed;
    let fields = text;
    for (const name of names) {
      const list = Object.hasOwn(headers, name) ? headers[name] : undefined;
      fields += SEPARATOR + (name === 'cookie' ? writeCookies(list) : writeHeader(list));
    }
    return fields;
  }

  /**
   * The request of an event, and the text of it. An event that throws while it is read is none.
   * @param {unknown} event
   * @returns {{ request: any, text: string }}
   */
  function read(event) {
    try {
      const request = findRequest(event);
      if (request !== undefined) return { request, text: writeRequest(request) };
    } catch {
      // Falls through.
    }
    return { request: undefined, text: noRequest };
  }

  /** A number that is no decision is a failure, as is an engine that throws. */
  function judge(text, now) {
    try {
      if (!seeded && !seed()) return FAILED;
      const decision = edge.judge(text, now);
      const isDecision = (decision | 0) === decision && decision >= 0;
      const passes = ((decision >> KIND_SHIFT) & KIND) === ALLOW;
      return isDecision && passes === ((decision & REASON) === 0) ? decision : FAILED;
    } catch {
      return FAILED;
    }
  }

  /** @param {number} decision */
  function explain(decision) {
    if (decision === FAILED) {
      return { kind: 'deny', reason: 'internal_error', status: 500, route: undefined };
    }
    const kind = (decision >> KIND_SHIFT) & KIND;
    const { name, status } = core.reason(decision & REASON);
    const route = decision >> ROUTE_SHIFT;
    return {
      kind: KINDS[kind],
      reason: kind === ALLOW ? 'ok' : name,
      status: kind === ALLOW ? undefined : kind === CHALLENGE ? REDIRECT : status,
      route: route === 0 ? undefined : route - 1,
    };
  }

  /** A response that CloudFront takes, or an error. */
  function render(text, decision, now) {
    if (decision === FAILED) throw new Error('portcullis: the engine has failed');
    const response = edge.response(text, decision, now);
    if (edge.checkResponse(VIEWER_REQUEST, encoder.encode(response), NOTHING) !== '') {
      throw new Error('portcullis: CloudFront would not take the response');
    }
    return JSON.parse(response);
  }

  function pass(request, text, decision) {
    if (edits && decision !== FAILED) applyEdits(request, JSON.parse(edge.edits(text, decision)));
    return request;
  }

  const failedMembers = shadow ? `${FAILED_MEMBERS},"mode":"shadow"` : FAILED_MEMBERS;

  /** Undefined as well when the engine cannot be asked any more: the next request says so. */
  function askForLog(text, decision) {
    try {
      return edge.log(text, decision);
    } catch {
      return undefined;
    }
  }

  class EdgeDecision {
    #text;
    #decision;
    #now;
    #claims;

    constructor(text, decision, now) {
      this.#text = text;
      this.#decision = decision;
      this.#now = now;
      const { kind, reason, status, route } = explain(decision);
      this.allowed = isAllowed(decision);
      this.kind = kind;
      this.reason = reason;
      this.status = status;
      this.route = route;
      Object.freeze(this);
    }

    get response() {
      if (this.allowed) return undefined;
      try {
        return render(this.#text, this.#decision, this.#now);
      } catch {
        return failedResponse();
      }
    }

    get claims() {
      if (!this.allowed) return undefined;
      if (this.#claims === undefined) {
        const claims = edge.claims(this.#text, this.#decision);
        if (claims === undefined) return undefined;
        this.#claims = JSON.parse(claims);
      }
      return this.#claims;
    }

    get shadow() {
      return shadow;
    }

    get logLine() {
      if (!logs) return undefined;
      const members = this.#decision === FAILED ? failedMembers : askForLog(this.#text, this.#decision);
      return members && `{${members}}`;
    }

    /** Of what goes on, as everything does in shadow mode. */
    get edits() {
      const goesOn = this.allowed || (shadow && this.#decision !== FAILED);
      return goesOn && edits ? JSON.parse(edge.edits(this.#text, this.#decision)) : undefined;
    }
  }

  function writeLine(event, text, decision, milliseconds) {
    const members = decision === FAILED ? failedMembers : askForLog(text, decision);
    if (!members) return undefined;
    let requestId;
    try {
      requestId = event.Records[0].cf.config.requestId;
    } catch {
      // Then there is none.
    }
    const told = typeof requestId === 'string' && requestId.length <= LONGEST_REQUEST_ID;
    const id = told ? `,"requestId":${JSON.stringify(requestId)}` : '';
    return `{${members}${id},"latency":"${bucket(milliseconds)}"}`;
  }

  function report(event, text, decision, milliseconds, log, onDecision) {
    if (logs) {
      const line = writeLine(event, text, decision, milliseconds);
      if (line !== undefined) tell(log, line);
    }
    if (onDecision !== undefined) tell(onDecision, { ...explain(decision), milliseconds });
  }

  return {
    /** @param {unknown} event @param {number} now */
    verify(event, now) {
      const { text } = read(event);
      return new EdgeDecision(text, judge(text, now), now);
    },

    /** What a client has sent: what is no string is no challenge. */
    answerChallenge(challenge, clientIp, now) {
      if (typeof challenge !== 'string' || typeof clientIp !== 'string') return undefined;
      try {
        return edge.answerChallenge(challenge, clientIp, now);
      } catch {
        return undefined;
      }
    },

    createHandler(log = (line) => console.log(line), onDecision = undefined) {
      const watched = logs || onDecision !== undefined;
      return async (event) => {
        const started = watched ? performance.now() : 0;
        const now = clock();
        const { request, text } = read(event);
        let decision = judge(text, now);
        const goesOn = request !== undefined && (shadow || isAllowed(decision));
        let answer;
        try {
          answer = goesOn ? pass(request, text, decision) : render(text, decision, now);
        } catch {
          decision = FAILED;
          answer = goesOn && shadow ? request : failedResponse();
        }
        if (watched) report(event, text, decision, performance.now() - started, log, onDecision);
        return answer;
      };
    },
  };
}

/** JSON text as bytes. What JSON cannot express is none. */
function jsonBytes(value) {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return encoder.encode(value);
  try {
    const text = JSON.stringify(value);
    return text === undefined ? NO_JSON : encoder.encode(text);
  } catch {
    return NO_JSON;
  }
}

/**
 * What CloudFront would not take of a response.
 * @param {any} checker of an engine
 * @param {unknown} response
 * @param {any} options
 */
function checkResponse(checker, response, options) {
  const type = EVENT_TYPES.indexOf(options?.eventType);
  if (type < 0) throw new TypeError(`eventType: expected one of ${EVENT_TYPES.join(', ')}`);
  const { original } = options;
  const compared = original === undefined ? NOTHING : jsonBytes(original);
  const findings = checker.checkResponse(type, jsonBytes(response), compared);
  if (findings === '') return [];
  const rules = new Map(
    checker.responseRules().map((row) => {
      const [name, sentence, source] = row.split('\n');
      return [name, { sentence, source }];
    }),
  );
  return findings
    .trimEnd()
    .split('\n')
    .map((line) => {
      const space = line.indexOf(' ');
      const rule = line.slice(0, space);
      return { rule, path: line.slice(space + 1), ...rules.get(rule) };
    });
}

module.exports = { createEdgeLayer, applyEdits, checkResponse };
