'use strict';

// What the Node addon and the WASM module share: the walk of a CloudFront event, the classes, and
// the handler. An engine decides; nothing here looks into a token, a claim or a policy.
//
// An engine is { implementation, create(policy: Uint8Array) }. `create` gives the text
// "<path>\n<what was expected>" for a bad policy, else an instance of seven functions:
//   verifyAuthorization(value, now)  verifyToken(token, now)  verifyShape(shape, now)   -> code
//   respond(code)  requestClaims(value)  tokenClaims(token)                             -> JSON text
//   reasons()                                             -> ["<name>\n<status>\n<RFC 6750 error>", …]
// and, if it reads the system's clock itself,
//   verifyNow(value)                       -> the value itself when it is allowed, else the code
// Code 0 allows. Whatever an instance throws denies. And beside `create`
//   verifySignature(algorithm, jwk, message, signature: Uint8Array)
//                                                -> 1 valid, 0 invalid, "<path>\n<what was expected>"
//   loadEdge()       -> the engine that has the edge layer (docs/edge.md), where this one has it not
//   createChecker()  -> what edge_layer.js checks responses with, where this one has the layer
// An instance of an engine with the edge layer has the member `edge`, see edge_layer.js, which is loaded
// for a policy that needs it. A bundle for another policy may leave it out.

const version = '0.1.0';

// enum portcullis_field_shape of portcullis/c_api.h, but for "single", which travels as the string.
const ABSENT = 0;
const REPEATED = 2;
const MALFORMED = 3;
const NO_REQUEST = 4;

// Stands for internal_error when the engine cannot be asked any more; not a code of the core.
const FAILED = -1;
const FAILED_ROW = Object.freeze({ name: 'internal_error', status: 500 });
const FAILED_RESPONSE = {
  status: '500',
  statusDescription: 'Internal Server Error',
  headers: {
    'content-type': [{ key: 'Content-Type', value: 'application/json' }],
    'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
  },
  body: '{"error":"internal_server_error"}',
};

/** A policy that cannot be used: where, and what was expected there. Never holds a secret. */
class PolicyError extends Error {
  /**
   * @param {string} path such as `$.keys[0].k`
   * @param {string} expected such as `expected a non-empty array`
   * @param {ErrorOptions} [options]
   */
  constructor(path, expected, options) {
    super(`policy: ${path}: ${expected}`, options);
    this.name = 'PolicyError';
    this.code = 'ERR_PORTCULLIS_POLICY';
    this.path = path;
    this.expected = expected;
  }
}

/**
 * @param {string} told "<path>\n<what was expected>"
 * @param {ErrorOptions} [options]
 */
function policyError(told, options) {
  const [path, expected] = told.split('\n');
  return new PolicyError(path, expected, options);
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {Uint8Array}
 */
function checkBytes(name, value) {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name}: expected a Uint8Array`);
  return value;
}

/**
 * The policy as UTF-8 JSON text, in memory that nobody else can change.
 * @param {unknown} policy
 * @returns {Uint8Array}
 */
function policyBytes(policy) {
  if (ArrayBuffer.isView(policy)) {
    return new Uint8Array(policy.buffer, policy.byteOffset, policy.byteLength).slice();
  }
  let text = policy;
  if (typeof policy === 'object' && policy !== null) {
    try {
      text = JSON.stringify(policy);
    } catch (cause) {
      throw new PolicyError('$', 'expected an object that JSON can express', { cause });
    }
  }
  if (typeof text !== 'string') {
    throw new PolicyError('$', 'expected an object, JSON text or the bytes of it');
  }
  // TextEncoder would replace a lone surrogate and so change a secret without a word.
  if (!text.isWellFormed()) {
    throw new PolicyError('$', 'expected text without lone surrogates');
  }
  return new TextEncoder().encode(text);
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `Records[0].cf.request`, or undefined. A thenable is no request: to await it would run it.
 * @param {any} event
 */
function findRequest(event) {
  const records = event?.Records;
  const request = Array.isArray(records) ? records[0]?.cf?.request : undefined;
  return isObject(request) && typeof request.then !== 'function' ? request : undefined;
}

/**
 * The Authorization value when the request has exactly one, else the shape of what is there.
 * Each member is read once, so that what was judged is what was read.
 * @param {any} request
 * @returns {string | number}
 */
function findAuthorization(request) {
  const headers = request.headers;
  if (headers === undefined || headers === null) return ABSENT;
  if (!isObject(headers)) return MALFORMED;
  const list = headers.authorization;
  if (list === undefined || list === null) return ABSENT;
  if (!Array.isArray(list)) return MALFORMED;
  const length = list.length;
  if (length !== 1) return length === 0 ? ABSENT : REPEATED;
  const entry = list[0];
  if (!isObject(entry)) return MALFORMED;
  const value = entry.value;
  return typeof value === 'string' ? value : MALFORMED;
}

/**
 * What the verifier reads of an event. An event that throws while it is read is none.
 * @param {unknown} event
 * @returns {{ request: any, authorization: string | number }}
 */
function walk(event) {
  try {
    const request = findRequest(event);
    if (request !== undefined) return { request, authorization: findAuthorization(request) };
  } catch {
    // Falls through.
  }
  return { request: undefined, authorization: NO_REQUEST };
}

/** A copy of a response, the caller's to change: much faster than to parse it anew. */
function copyResponse(response) {
  const headers = { ...response.headers };
  for (const name of Object.keys(headers)) {
    headers[name] = headers[name].map(({ key, value }) => ({ key, value }));
  }
  return { ...response, headers };
}

/** Whole seconds since the epoch. */
function clock() {
  return Math.floor(Date.now() / 1000);
}

/** Date's own clock; undefined where it has been replaced already, as tests do. */
const systemNow = `${Date.now}`.endsWith('{ [native code] }') ? Date.now : undefined;

/** @param {unknown} now */
function checkNow(now) {
  if (now === undefined) return clock();
  if (typeof now !== 'number') {
    throw new TypeError('now: expected a number of whole seconds since the epoch');
  }
  if (!Number.isSafeInteger(now)) {
    throw new RangeError(`now: expected whole seconds since the epoch, not ${now}`);
  }
  return now;
}

/** Stays silent: what a listener throws, or rejects with, is its own affair. */
function ignore() {}

/**
 * Calls a function of the operator's, whose failure must not change an answer.
 * @param {(argument: any) => unknown} listener
 * @param {unknown} argument
 */
function tell(listener, argument) {
  try {
    const told = /** @type {any} */ (listener(argument));
    if (typeof told?.then === 'function') told.then(undefined, ignore);
  } catch {
    // Ignored.
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function checkListener(name, value) {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name}: expected a function`);
  }
  return value;
}

/** How an engine without the edge layer ends what it says of a member that is for that layer. */
const UNKNOWN_MEMBER = '\nexpected no such member';

/**
 * The instance for a policy, of the engine or of the one with the edge layer.
 * @param {any} engine
 * @param {Uint8Array} policy
 */
function createInstance(engine, policy) {
  const made = engine.create(policy);
  if (typeof made !== 'string') return made;
  if (engine.loadEdge === undefined || !made.endsWith(UNKNOWN_MEMBER)) throw policyError(made);
  let edge;
  try {
    edge = engine.loadEdge();
  } catch (cause) {
    throw policyError(made, { cause });
  }
  const again = edge.create(policy);
  if (typeof again === 'string') throw policyError(again);
  return again;
}

/** What edge_layer.js has in common with this file. */
const common = {
  FAILED,
  isObject,
  findRequest,
  clock,
  tell,
  failedResponse: () => copyResponse(FAILED_RESPONSE),
};

/** One instance of an engine, with every failure of it turned into a denial. */
class Core {
  #instance;
  /** @type {((authorization: string) => string | number) | undefined} */
  #verifyNow;
  /** @type {object[]} Responses by code: they depend on nothing else. */
  #responses = [];
  /** @type {readonly { name: string, status: number }[] | undefined} */
  #reasons;

  constructor(engine, policy) {
    this.#instance = createInstance(engine, policyBytes(policy));
    this.#verifyNow = this.#instance.verifyNow;
    const functions = this.#instance.edge;
    const told = functions?.describe();
    /** What judges requests in place of the functions below; undefined without an edge layer. */
    this.edge = told ? require('./edge_layer.js').createEdgeLayer(this, functions, told, common) : undefined;
  }

  /**
   * @param {string | number} authorization
   * @param {number} now
   * @returns {number}
   */
  verifyRequest(authorization, now) {
    try {
      return typeof authorization === 'string'
        ? this.#instance.verifyAuthorization(authorization, now)
        : this.#instance.verifyShape(authorization, now);
    } catch {
      return FAILED;
    }
  }

  /**
   * At this moment. A clock that somebody has given to Date is asked as before.
   * @param {string | number} authorization
   * @returns {number}
   */
  verifyRequestNow(authorization) {
    const verifyNow = this.#verifyNow;
    if (verifyNow === undefined || typeof authorization !== 'string' || Date.now !== systemNow) {
      return this.verifyRequest(authorization, clock());
    }
    try {
      const answer = verifyNow(authorization);
      return answer === authorization ? 0 : /** @type {number} */ (answer);
    } catch {
      return FAILED;
    }
  }

  /**
   * @param {unknown} token
   * @param {number} now
   * @returns {number}
   */
  verifyToken(token, now) {
    try {
      if (typeof token === 'string') return this.#instance.verifyToken(token, now);
      const shape = token === undefined || token === null ? ABSENT : MALFORMED;
      return this.#instance.verifyShape(shape, now);
    } catch {
      return FAILED;
    }
  }

  /** @param {number} code */
  reason(code) {
    try {
      this.#reasons ??= this.#instance.reasons().map((row) => {
        const [name, status] = row.split('\n');
        return { name, status: Number(status) };
      });
      return this.#reasons[code] ?? FAILED_ROW;
    } catch {
      return FAILED_ROW;
    }
  }

  /**
   * The response to a denial: a new object each time, the caller's to change.
   * @param {number} code
   */
  respond(code) {
    try {
      if (code !== FAILED) {
        return copyResponse((this.#responses[code] ??= JSON.parse(this.#instance.respond(code))));
      }
    } catch {
      // Falls through.
    }
    return copyResponse(FAILED_RESPONSE);
  }

  /** @param {string} authorization */
  requestClaims(authorization) {
    return JSON.parse(this.#instance.requestClaims(authorization));
  }

  /** @param {string} token */
  tokenClaims(token) {
    return JSON.parse(this.#instance.tokenClaims(token));
  }
}

class Decision {
  #core;
  #code;
  #readClaims;
  #claims;

  /**
   * @param {Core} core
   * @param {number} code
   * @param {() => object} readClaims
   */
  constructor(core, code, readClaims) {
    this.#core = core;
    this.#code = code;
    this.#readClaims = readClaims;
    this.allowed = code === 0;
    this.kind = this.allowed ? 'allow' : 'deny';
    const row = this.allowed ? undefined : core.reason(code);
    this.reason = row === undefined ? 'ok' : row.name;
    this.status = row?.status;
    Object.freeze(this);
  }

  get response() {
    return this.allowed ? undefined : this.#core.respond(this.#code);
  }

  get claims() {
    if (!this.allowed) return undefined;
    return (this.#claims ??= this.#readClaims());
  }

  get shadow() {
    return false;
  }
}

/**
 * A handler for a policy without an edge layer that tells each decision.
 * @param {Core} core
 * @param {(told: object) => unknown} onDecision
 */
function createToldHandler(core, onDecision) {
  return async (event) => {
    const started = performance.now();
    const { request, authorization } = walk(event);
    const code = core.verifyRequestNow(authorization);
    const answer = code === 0 ? request : core.respond(code);
    const { kind, reason, status } = new Decision(core, code, ignore);
    tell(onDecision, { kind, reason, status, route: undefined, milliseconds: performance.now() - started });
    return answer;
  };
}

/**
 * The public face of an engine.
 * @param {{ implementation: string, create: (policy: Uint8Array) => any }} engine
 */
function makeDoor(engine) {
  class Verifier {
    #core;

    constructor(policy) {
      this.#core = new Core(engine, policy);
    }

    verify(event, now) {
      const core = this.#core;
      if (core.edge !== undefined) return core.edge.verify(event, checkNow(now));
      const { authorization } = walk(event);
      const code = core.verifyRequest(authorization, checkNow(now));
      return new Decision(core, code, () => core.requestClaims(authorization));
    }

    verifyToken(token, now) {
      const core = this.#core;
      const code = core.verifyToken(token, checkNow(now));
      return new Decision(core, code, () => core.tokenClaims(token));
    }

    answerChallenge(challenge, clientIp, now) {
      return this.#core.edge?.answerChallenge(challenge, clientIp, checkNow(now));
    }
  }

  function createHandler(policy, options) {
    const core = new Core(engine, policy);
    const onDecision = checkListener('onDecision', options?.onDecision);
    const log = checkListener('log', options?.log);
    if (core.edge !== undefined) return core.edge.createHandler(log, onDecision);
    if (onDecision !== undefined) return createToldHandler(core, onDecision);
    return async (event) => {
      const { request, authorization } = walk(event);
      const code = core.verifyRequestNow(authorization);
      // Asked again, where V8 sees what it gives back: it then leaves out its own, slow look for `then`, a fifth
      // of what a call costs beside the core. Minifiers make one `return` of two, but not out of a `try`.
      try {
        if (code === 0 && typeof request.then !== 'function') return request;
      } catch {
        // Falls through.
      }
      return core.respond(code);
    };
  }

  let checker;

  function checkResponse(response, options) {
    checker ??= (engine.loadEdge?.() ?? engine).createChecker();
    try {
      return require('./edge_layer.js').checkResponse(checker, response, options);
    } catch (error) {
      checker = undefined; // one that has failed may never answer again
      throw error;
    }
  }

  function verifySignature(algorithm, jwk, message, signature) {
    if (typeof algorithm !== 'string') throw new TypeError('algorithm: expected a string');
    const told = engine.verifySignature(
      new TextEncoder().encode(algorithm),
      policyBytes(jwk),
      checkBytes('message', message),
      checkBytes('signature', signature),
    );
    if (typeof told === 'string') throw policyError(told);
    return told === 1;
  }

  const { implementation } = engine;
  return {
    Verifier,
    PolicyError,
    createHandler,
    checkResponse,
    verifySignature,
    version,
    implementation,
  };
}

module.exports = { makeDoor, PolicyError };
