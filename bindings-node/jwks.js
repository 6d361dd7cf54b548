'use strict';

// Keys that change while a function runs. JWK Sets are fetched beside the requests, from the URLs
// that the operator named; each set that the core accepts makes a new verifier, which takes the place
// of the last one. A verifier itself never changes and never fetches. docs/keys.md is the manual.

// Seconds, but for maxBytes; each with the least and the most that it may be.
const NUMBERS = {
  timeout: { unless: 3, least: 0.05, most: 60 },
  lifetime: { unless: 600, least: 60, most: 604_800 },
  grace: { unless: 86_400, least: 60, most: 2_592_000 },
  cooldown: { unless: 30, least: 1, most: 3600 },
  maxBytes: { unless: 262_144, least: 1024, most: 524_288 },
};
const OTHERS = ['Verifier', 'policy', 'jwks', 'allowHttp', 'fetch', 'clock', 'onEvent'];
const OPTIONS = [...OTHERS, ...Object.keys(NUMBERS)];

// A max-age below this would make each function ask all the time.
const LEAST_MAX_AGE = 60;

// One key of each kind, to check a policy before there are keys. They are public, base points of the
// curves and the like: no token is ever shown to a verifier that has them.
const ANY_KEYS = JSON.stringify({
  keys: [
    { kty: 'oct', k: 'A'.repeat(86) },
    { kty: 'RSA', n: `${'_'.repeat(341)}w`, e: 'AQAB' },
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
      y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
    },
    {
      kty: 'EC',
      crv: 'P-384',
      x: 'qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3',
      y: 'NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f',
    },
    {
      kty: 'EC',
      crv: 'P-521',
      x: 'AMaFjga3BATpzZ4-y2YjlbRCnGSBOQU_tSH4KK9ga009uqFLXnfv51ko_h3BJ6L_qN4zSLPBhWpCm_l-fjHC5b1m',
      y: 'ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5mLJfucple9CZAxVC5AT-tB2E1PHCGonLCQIi-lHaf0WZQ',
    },
    { kty: 'OKP', crv: 'Ed25519', x: 'WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY' },
  ],
});

// What is said of a request before a key is looked for, and so without any key.
const BEFORE_KEYS = new Set([
  'credential_missing',
  'credential_malformed',
  'token_too_large',
  'token_malformed',
  'header_invalid',
  'critical_header_unsupported',
  'request_malformed',
  'internal_error',
  // By an edge layer.
  'path_ambiguous',
  'route_not_found',
  'route_denied',
  'rate_limited',
  'proof_missing',
  'preflight_refused',
]);

// What an edge layer says of requests (docs/edge.md), but for what tokens are remembered.
const EDGE_MEMBERS = 'sources claim_headers routes path_case cors challenge rate_limit mode log'.split(' ');

// What the other issuers' rules may say of a token whose own issuer has no keys.
const WITHOUT_ITS_ISSUER = new Set([
  'key_not_found',
  'issuer_mismatch',
  'algorithm_not_allowed',
  'type_not_allowed',
  'signature_invalid',
]);

// {"alg":"HS256","kid":"none"}.{}.: the closed verifier has no such key.
const UNKNOWN_KEY_TOKEN = 'eyJhbGciOiJIUzI1NiIsImtpZCI6Im5vbmUifQ.e30.AAAA';

/** Why a refresh failed. The message never holds anything of what was fetched. */
class Failure extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   */
  constructor(code, detail) {
    super(`${code}: ${detail}`);
    this.code = code;
  }
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function checkNumber(name, value) {
  const { unless, least, most } = NUMBERS[name];
  if (value === undefined) return unless;
  const what = name === 'maxBytes' ? 'a whole number of bytes' : 'seconds';
  if (typeof value !== 'number') throw new TypeError(`${name}: expected ${what} as a number`);
  if (!(value >= least && value <= most) || (name === 'maxBytes' && !Number.isInteger(value))) {
    throw new RangeError(`${name}: expected ${what} from ${least} to ${most}, not ${value}`);
  }
  return value;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {Function} [unless]
 */
function checkFunction(name, value, unless) {
  const taken = value === undefined ? unless : value;
  if (taken !== undefined && typeof taken !== 'function') {
    throw new TypeError(`${name}: expected a function`);
  }
  return taken;
}

/**
 * @param {string} name
 * @param {unknown} value
 * @param {boolean} allowHttp
 */
function checkUrl(name, value, allowHttp) {
  let url;
  try {
    if (typeof value === 'string') url = new URL(value);
  } catch {
    // Told below, without the URL: it may hold a password.
  }
  if (url === undefined) throw new TypeError(`${name}: expected an absolute URL as a string`);
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new TypeError(`${name}: expected a URL without user, password and fragment`);
  }
  const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:' && loopback)) {
    throw new TypeError(
      `${name}: expected https, or with allowHttp http to localhost, 127.0.0.1 or [::1]`,
    );
  }
  return url.href;
}

/**
 * The policy's own data, which nobody else can change.
 * @param {unknown} policy
 */
function copyPolicy(policy) {
  if (!isObject(policy) || ArrayBuffer.isView(policy)) {
    throw new TypeError('policy: expected an object; JSON.parse makes one of text');
  }
  let copy;
  try {
    copy = JSON.parse(JSON.stringify(policy));
  } catch (cause) {
    throw new TypeError('policy: expected an object that JSON can express', { cause });
  }
  if (!isObject(copy)) throw new TypeError('policy: expected an object that JSON can express');
  return copy;
}

/**
 * A policy, or an entry of `issuers`, with these keys. The text of the keys goes in as it is, so that
 * the core reads what came: JSON.parse would hide a member that is there twice.
 * @param {Record<string, unknown>} members
 * @param {string | undefined} keys
 */
function textOf(members, keys) {
  if (!isObject(members)) return JSON.stringify(members);
  const parts = Object.keys(members)
    .filter((name) => name !== 'keys')
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(members[name])}`);
  if (keys !== undefined) parts.push(`"keys":${keys}`);
  return `{${parts.join(',')}}`;
}

/**
 * The issuers that an entry stands for.
 * @param {any} members
 * @returns {string[]}
 */
function namesOf({ issuer, tenants }) {
  if (typeof issuer !== 'string') return [];
  if (!issuer.includes('{tenantid}') || !Array.isArray(tenants)) return [issuer];
  return tenants.map((tenant) => issuer.replace('{tenantid}', () => String(tenant)));
}

/**
 * The seconds of `max-age`, if there is one.
 * @param {string | null} header
 */
function maxAgeOf(header) {
  const found = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})"?\s*(?:,|$)/i.exec(header ?? '');
  return found === null ? undefined : Number(found[1]);
}

/**
 * @param {any} body a ReadableStream of bytes
 * @param {number} maxBytes
 * @returns {Promise<Uint8Array>}
 */
async function readBody(body, maxBytes) {
  const reader = body.getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) throw new Failure('too_large', `expected at most ${maxBytes} bytes`);
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.byteLength;
  }
  return bytes;
}

/**
 * The text of a JWK Set, as far as it can be known without the core.
 * @param {Uint8Array} bytes
 */
function readKeySet(bytes) {
  let text;
  let document;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    document = JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes the text, and that may be a secret.
    throw new Failure('not_json', 'expected JSON in UTF-8');
  }
  if (!isObject(document) || !Array.isArray(document.keys)) {
    throw new Failure('not_key_set', 'expected a JSON object with an array keys');
  }
  return { text, count: document.keys.length };
}

/**
 * @param {string} url
 * @param {{ fetch: typeof fetch, maxBytes: number }} settings
 * @param {AbortSignal} signal
 */
async function fetchKeySet(url, { fetch, maxBytes }, signal) {
  const response = await fetch(url, {
    method: 'GET',
    headers: { accept: 'application/jwk-set+json, application/json' },
    // Not "error", which not every runtime knows; a redirect is no 200.
    redirect: 'manual',
    signal,
  });
  const { status } = response;
  const redirected = response.redirected || response.type === 'opaqueredirect';
  if (redirected || (status >= 300 && status < 400)) {
    throw new Failure('redirect', 'expected no redirect');
  }
  if (status !== 200) throw new Failure('status', `expected 200, not ${Number(status)}`);
  if (Number(response.headers.get('content-length')) > maxBytes) {
    throw new Failure('too_large', `expected at most ${maxBytes} bytes`);
  }
  if (!response.body) throw new Failure('not_json', 'expected JSON in UTF-8');
  const keySet = readKeySet(await readBody(response.body, maxBytes));
  return { ...keySet, maxAge: maxAgeOf(response.headers.get('cache-control')) };
}

/**
 * What `work` gives, unless the signal is aborted first: a fetch need not heed it.
 * @template T
 * @param {AbortSignal} signal
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function unlessAborted(signal, work) {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

/**
 * @param {any} error
 * @returns {Failure}
 */
function failureOf(error) {
  if (error instanceof Failure) return error;
  // Codes such as ECONNREFUSED; a message could hold anything.
  const codes = [error?.cause?.code, error?.code, error?.name];
  const code = codes.find((word) => typeof word === 'string' && /^\w{1,64}$/.test(word));
  return new Failure('network', `cannot fetch (${code ?? 'unknown error'})`);
}

/** The keys of one issuer that has a URL: what is in use, and when to ask for more. */
class Source {
  /**
   * @param {string} issuer
   * @param {string} url
   * @param {unknown} baked
   */
  constructor(issuer, url, baked) {
    this.issuer = issuer;
    this.url = url;
    /** @type {'none' | 'baked' | 'fetched'} */
    this.origin = baked === undefined ? 'none' : 'baked';
    this.text = baked === undefined ? undefined : JSON.stringify(baked);
    const list = Array.isArray(baked) ? baked : baked?.keys;
    this.count = Array.isArray(list) ? list.length : 0;
    /** @type {number | undefined} */
    this.loadedAt = undefined;
    // The first look turns this into its own time.
    this.freshUntil = Infinity;
    this.staleUntil = Infinity;
    this.nextAttempt = -Infinity;
    this.failures = 0;
    /** @type {{ code: string, message: string, at: number } | undefined} */
    this.lastError = undefined;
    /** @type {{ controller: AbortController, startedAt: number, promise?: Promise<boolean> } | undefined} */
    this.flight = undefined;
  }
}

/**
 * A route while some issuers have no keys: its tokens are those of the others. Where no issuer is left nobody
 * passes.
 * @param {any} route
 * @param {string[]} names of issuers that have keys
 */
function routeFor(route, names) {
  if (route.issuers === undefined) return route;
  const issuers = route.issuers.filter((name) => names.includes(name));
  if (issuers.length !== 0) return { ...route, issuers };
  const { path, methods } = route;
  return { path, ...(methods === undefined ? {} : { methods }), access: 'deny' };
}

class RefreshingVerifier {
  #settings;
  #Verifier;
  #policy;
  /** Whether the policy has `issuers`. */
  #several;
  /** @type {{ members: any, source?: Source, baked?: string, after: number[] }[]} */
  #entries;
  /** @type {Source[]} */
  #sources;
  /** Of the entries that have keys; undefined when none has. */
  #verifier;
  /** Whether an entry has no keys. */
  #missing = true;
  /** Judges what can be judged without keys; nothing that it allows is allowed. */
  #closed;
  /** No look is needed from one time up to the other. */
  #lookedAt = Infinity;
  #nextLook = -Infinity;
  #isClosed = false;

  /** @param {any} options */
  constructor(options) {
    if (!isObject(options)) {
      throw new TypeError('createRefreshingVerifier: expected an object of options');
    }
    for (const name of Object.keys(options)) {
      if (!OPTIONS.includes(name)) throw new TypeError(`${name}: expected no such option`);
    }
    const { Verifier, policy, jwks, allowHttp = false } = options;
    if (typeof Verifier !== 'function') {
      throw new TypeError("Verifier: expected the class of a door: require('portcullis').Verifier");
    }
    if (typeof allowHttp !== 'boolean') throw new TypeError('allowHttp: expected true or false');
    this.#settings = {
      fetch: checkFunction('fetch', options.fetch, (...args) => globalThis.fetch(...args)),
      clock: checkFunction('clock', options.clock, () => Date.now() / 1000),
      onEvent: checkFunction('onEvent', options.onEvent),
    };
    for (const name of Object.keys(NUMBERS)) this.#settings[name] = checkNumber(name, options[name]);
    if (this.#settings.grace < this.#settings.lifetime) {
      throw new RangeError('grace: expected no less than lifetime');
    }
    this.#Verifier = Verifier;
    this.#policy = copyPolicy(policy);
    this.#several = Array.isArray(this.#policy.issuers);
    this.#readEntries(jwks, allowHttp);
    this.#checkPolicy();
    this.#build();
    this.handler = async (event) => {
      let decision;
      let request;
      try {
        decision = await this.verifyAsync(event);
        if (decision.allowed || decision.shadow) {
          const found = event.Records[0].cf.request;
          if (!isObject(found)) throw new TypeError('request: expected an object');
          request = found;
          const { edits } = decision;
          if (edits !== undefined) require('./edge_layer.js').applyEdits(request, edits);
        }
      } catch {
        // Where the policy only watches, a request goes on whatever happens.
        if (!decision?.shadow) request = undefined;
        decision = this.#closed.verify(undefined, 0);
      }
      const { logLine } = decision;
      try {
        if (logLine !== undefined) console.log(logLine);
      } catch {
        // The log's own trouble.
      }
      return request ?? decision.response;
    };
  }

  verify(event, now) {
    return this.#judge((verifier) => verifier.verify(event, now));
  }

  verifyToken(token, now) {
    return this.#judge((verifier) => verifier.verifyToken(token, now));
  }

  async verifyAsync(event, now) {
    return this.#judgeFresh((verifier) => verifier.verify(event, now));
  }

  async verifyTokenAsync(token, now) {
    return this.#judgeFresh((verifier) => verifier.verifyToken(token, now));
  }

  async ready() {
    this.#look(this.#settings.clock());
    await Promise.all(this.#flights());
    return !this.#missing;
  }

  async refresh() {
    const t = this.#settings.clock();
    this.#look(t);
    for (const source of this.#sources) {
      if (source.flight === undefined) this.#start(source, t, 'call');
    }
    const flights = this.#flights();
    const loaded = await Promise.all(flights);
    return loaded.length === this.#sources.length && loaded.every(Boolean);
  }

  status() {
    const t = this.#settings.clock();
    return this.#sources.map((source) => ({
      issuer: source.issuer,
      origin: source.origin,
      keys: source.count,
      loadedAt: source.loadedAt,
      age: source.loadedAt === undefined ? undefined : Math.max(0, t - source.loadedAt),
      serves: source.text !== undefined && t < source.staleUntil,
      refreshing: source.flight !== undefined,
      failures: source.failures,
      lastError: source.lastError === undefined ? undefined : { ...source.lastError },
    }));
  }

  close() {
    this.#isClosed = true;
    for (const { flight } of this.#sources) {
      flight?.controller.abort(new Failure('closed', 'the verifier was closed'));
    }
  }

  /**
   * @param {unknown} jwks
   * @param {boolean} allowHttp
   */
  #readEntries(jwks, allowHttp) {
    if (!isObject(jwks)) throw new TypeError('jwks: expected an object of issuers and URLs');
    const urls = new Map();
    for (const [issuer, url] of Object.entries(jwks)) {
      urls.set(issuer, checkUrl(`jwks[${JSON.stringify(issuer)}]`, url, allowHttp));
    }
    if (urls.size === 0) throw new TypeError('jwks: expected at least one issuer');
    this.#sources = [];
    this.#entries = (this.#several ? this.#policy.issuers : [this.#policy]).map((members) => {
      const { issuer, keys } = members ?? {};
      const entry = { members, source: undefined, baked: undefined, after: [] };
      const url = typeof issuer === 'string' ? urls.get(issuer) : undefined;
      if (url === undefined) {
        entry.baked = keys === undefined ? undefined : JSON.stringify(keys);
      } else {
        entry.source = new Source(issuer, url, keys);
        this.#sources.push(entry.source);
      }
      return entry;
    });
    for (const issuer of urls.keys()) {
      if (!this.#sources.some((source) => source.issuer === issuer)) {
        throw new TypeError(`jwks[${JSON.stringify(issuer)}]: expected an issuer of the policy`);
      }
    }
  }

  /** A mistake of the policy shows when the function starts, whether or not there are keys yet. */
  #checkPolicy() {
    const Verifier = this.#Verifier;
    new Verifier(
      this.#policyText(this.#entries, ({ source, baked }) =>
        source === undefined ? baked : (source.text ?? ANY_KEYS),
      ),
    );
    this.#closed = new Verifier({
      algorithms: ['HS256'],
      issuer: null,
      audience: null,
      keys: [{ secret: 'no token is allowed by this secret', encoding: 'utf8', kid: 'closed' }],
      // Nor by anything else: an edge layer lets public paths through.
      require: { roles: { all_of: ['closed'], none_of: ['closed'] } },
      ...this.#membersWithoutKeys(),
    });
    // An entry without keys must not leave its tokens to a later one that stands for its issuer, too.
    const names = this.#entries.map(({ members }) => new Set(namesOf(members)));
    this.#entries.forEach((entry, index) => {
      for (let earlier = 0; earlier < index; ++earlier) {
        if ([...names[index]].some((name) => names[earlier].has(name))) entry.after.push(earlier);
      }
    });
  }

  /** What of the policy can be judged by without keys. */
  #membersWithoutKeys() {
    const members = {};
    for (const name of ['realm', ...EDGE_MEMBERS]) {
      if (this.#policy[name] !== undefined) members[name] = this.#policy[name];
    }
    const { routes } = members;
    if (routes !== undefined) members.routes = routes.map(({ issuers, require, ...route }) => route);
    return members;
  }

  #policyText(entries, keysOf) {
    if (!this.#several) return textOf(this.#policy, keysOf(this.#entries[0]));
    const { issuers, ...top } = this.#policy;
    if (entries.length < this.#entries.length && top.routes !== undefined) {
      const names = entries.map(({ members }) => members.issuer);
      top.routes = top.routes.map((route) => routeFor(route, names));
    }
    const texts = entries.map((entry) => textOf(entry.members, keysOf(entry)));
    const rest = JSON.stringify(top).slice(1, -1);
    return `{${rest === '' ? '' : `${rest},`}"issuers":[${texts.join(',')}]}`;
  }

  /** A verifier of the keys that are there. @throws PolicyError and then nothing has changed */
  #build() {
    const keysOf = ({ source, baked }) => (source === undefined ? baked : source.text);
    const serves = [];
    for (const entry of this.#entries) {
      serves.push(keysOf(entry) !== undefined && entry.after.every((index) => serves[index]));
    }
    const entries = this.#entries.filter((_, index) => serves[index]);
    const Verifier = this.#Verifier;
    this.#verifier =
      entries.length === 0 ? undefined : new Verifier(this.#policyText(entries, keysOf));
    this.#missing = entries.length < this.#entries.length;
  }

  #judge(ask) {
    const t = this.#settings.clock();
    if (!(t >= this.#lookedAt && t < this.#nextLook)) this.#look(t);
    if (this.#verifier === undefined) {
      const decision = ask(this.#closed);
      const { allowed, shadow, kind, reason } = decision;
      if (allowed || shadow || kind === 'answer' || BEFORE_KEYS.has(reason)) return decision;
      return this.#closed.verifyToken(UNKNOWN_KEY_TOKEN, 0);
    }
    const decision = ask(this.#verifier);
    if (decision.reason === 'key_not_found') {
      for (const source of this.#sources) {
        if (source.flight === undefined && t >= source.nextAttempt) {
          this.#start(source, t, 'unknown_key');
        }
      }
    }
    return decision;
  }

  async #judgeFresh(ask) {
    const decision = this.#judge(ask);
    const t = this.#settings.clock();
    const { lifetime } = this.#settings;
    const flights = this.#flights(
      (source) =>
        decision.reason === 'key_not_found' ||
        (source.text === undefined && WITHOUT_ITS_ISSUER.has(decision.reason)) ||
        // What a process that is frozen between requests could not finish beside them.
        (decision.allowed && source.text !== undefined && t >= source.freshUntil + lifetime),
    );
    if (flights.length === 0) return decision;
    await Promise.all(flights);
    return this.#judge(ask);
  }

  /** The fetches under way. None rejects, each ends within the timeout. */
  #flights(filter = () => true) {
    return this.#sources
      .filter((source) => source.flight && filter(source))
      .map(({ flight }) => flight.promise);
  }

  /** Acts on the age of the keys: which have become too old, which are to be fetched again. */
  #look(t) {
    const { lifetime, grace, cooldown, timeout } = this.#settings;
    for (const source of this.#sources) {
      if (source.freshUntil === Infinity) source.freshUntil = t;
      // Where the clock went back, nothing lasts longer than it would from now on.
      source.freshUntil = Math.min(source.freshUntil, t + lifetime);
      source.nextAttempt = Math.min(source.nextAttempt, t + Math.max(lifetime, cooldown));
      if (source.origin === 'fetched') source.staleUntil = Math.min(source.staleUntil, t + grace);
    }
    this.#expire(
      this.#sources.filter(({ origin, staleUntil }) => origin === 'fetched' && t >= staleUntil),
    );
    for (const source of this.#sources) {
      const { flight } = source;
      // Its timer did not run: the process was frozen, and the connection will not have lived on.
      if (flight !== undefined && t >= flight.startedAt + 2 * timeout) {
        this.#fail(source, flight, new Failure('timeout', `no complete answer within ${timeout} s`));
        flight.controller.abort(new Failure('timeout', 'given up'));
      }
      if (source.flight === undefined && t >= source.freshUntil && t >= source.nextAttempt) {
        this.#start(source, t, 'age');
      }
    }
    this.#schedule(t);
  }

  /** @param {Source[]} sources whose keys are too old to serve */
  #expire(sources) {
    if (sources.length === 0) return;
    const none = { origin: 'none', text: undefined, count: 0 };
    for (const source of sources) Object.assign(source, none);
    try {
      this.#build();
    } catch {
      this.#verifier = undefined;
      this.#missing = true;
    }
    for (const { issuer } of sources) this.#tell({ type: 'expired', issuer });
  }

  #schedule(t) {
    const { timeout } = this.#settings;
    this.#lookedAt = t;
    this.#nextLook = Infinity;
    for (const source of this.#sources) {
      const { flight } = source;
      const next = flight
        ? flight.startedAt + 2 * timeout
        : Math.max(source.freshUntil, source.nextAttempt);
      this.#nextLook = Math.min(this.#nextLook, this.#isClosed ? Infinity : next);
      if (source.origin === 'fetched') this.#nextLook = Math.min(this.#nextLook, source.staleUntil);
    }
  }

  #start(source, t, cause) {
    if (this.#isClosed) return;
    const flight = { controller: new AbortController(), startedAt: t };
    source.flight = flight;
    source.nextAttempt = t + this.#settings.cooldown;
    this.#schedule(t);
    flight.promise = this.#load(source, flight);
    this.#tell({ type: 'refresh', issuer: source.issuer, cause });
  }

  /** Whether the keys were loaded. Never rejects. */
  async #load(source, flight) {
    const { timeout } = this.#settings;
    const { controller } = flight;
    const timer = setTimeout(
      () => controller.abort(new Failure('timeout', `no complete answer within ${timeout} s`)),
      timeout * 1000,
    );
    try {
      const work = fetchKeySet(source.url, this.#settings, controller.signal);
      const answer = await unlessAborted(controller.signal, work);
      // Given up meanwhile.
      if (source.flight !== flight) return false;
      this.#adopt(source, flight, answer);
      return true;
    } catch (error) {
      if (source.flight !== flight) return false;
      this.#fail(source, flight, failureOf(error));
      return false;
    } finally {
      clearTimeout(timer);
      // Ends a transfer that was refused half-way.
      controller.abort();
    }
  }

  #adopt(source, flight, { text, count, maxAge }) {
    const { lifetime, grace } = this.#settings;
    const before = { text: source.text, origin: source.origin };
    const changed = text !== source.text;
    if (changed) {
      source.text = text;
      try {
        if (this.#several) {
          // Alone first, so that the error's path does not depend on the other issuers.
          const { members } = this.#entries.find((entry) => entry.source === source);
          const Verifier = this.#Verifier;
          new Verifier(textOf(members, text));
        }
        this.#build();
      } catch (error) {
        Object.assign(source, before);
        const known = error?.code === 'ERR_PORTCULLIS_POLICY';
        throw new Failure('refused', known ? error.message : 'the verifier cannot be made');
      }
    }
    // From the start of the fetch: what came may be as old as that.
    const t = flight.startedAt;
    source.origin = 'fetched';
    source.count = count;
    source.loadedAt = t;
    source.freshUntil = t + Math.min(lifetime, Math.max(LEAST_MAX_AGE, maxAge ?? lifetime));
    source.staleUntil = t + grace;
    source.failures = 0;
    source.lastError = undefined;
    source.flight = undefined;
    this.#schedule(this.#settings.clock());
    this.#tell({ type: 'loaded', issuer: source.issuer, keys: count, changed });
  }

  #fail(source, flight, { code, message }) {
    const { lifetime, cooldown, clock } = this.#settings;
    source.failures += 1;
    // While there are no keys to go on with, there is no reason to wait longer each time.
    const doublings = source.text === undefined ? 0 : Math.min(source.failures - 1, 20);
    const wait = Math.max(cooldown, Math.min(cooldown * 2 ** doublings, lifetime));
    source.nextAttempt = flight.startedAt + wait;
    const at = clock();
    source.lastError = { code, message, at };
    source.flight = undefined;
    this.#schedule(at);
    this.#tell({ type: 'failed', issuer: source.issuer, code, message, failures: source.failures });
  }

  /** Whatever a listener does, decisions go on. */
  #tell(event) {
    try {
      this.#settings.onEvent?.(event)?.then?.(undefined, () => {});
    } catch {
      // The listener's own mistake.
    }
  }
}

/** @param {any} options */
function createRefreshingVerifier(options) {
  return new RefreshingVerifier(options);
}

module.exports = { createRefreshingVerifier };
