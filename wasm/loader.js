'use strict';

// Makes an engine (see ../bindings-node/edge.js) of the compiled WASM module. Needs only WebAssembly,
// TextEncoder and TextDecoder, so that it runs wherever a WebAssembly.Module can be had.
//
// Text crosses in two fixed buffers inside the module (src/exports.cpp). The module's memory never
// grows, so views of it stay valid.

const ABI_VERSION = 1; // PORTCULLIS_ABI_VERSION
const SINGLE = 1; // PORTCULLIS_FIELD_SINGLE

const encoder = new TextEncoder();
/** @type {TextDecoder | undefined} Made when first needed: it is slow to make. */
let decoder;

class Instance {
  #abi;
  #input; // address
  #inputView;
  #output; // address
  #outputView;
  #verifier = 0; // address
  #verifyRequest;
  #verifyToken;
  // True during a call. A call that traps never comes back to clear it: what it left in memory
  // cannot be trusted, so that every later call fails, too.
  #busy = false;

  /**
   * @param {WebAssembly.Module} module
   * @param {(() => any) | undefined} loadCrypto gives node:crypto, where there is one
   */
  constructor(module, loadCrypto) {
    // Files are loaded when something of them is needed: each takes time and memory from the first decision.
    let hostCrypto;
    const askHost = (key, what, first, firstLength, second, secondLength) => {
      hostCrypto ??= require('./host_crypto.js').createHostCrypto(loadCrypto, () => abi.memory.buffer);
      return hostCrypto(key, what, first, firstLength, second, secondLength);
    };
    const imports = { portcullis: { host_crypto: askHost } };
    const abi = new WebAssembly.Instance(module, imports).exports;
    abi._initialize?.();
    const found = abi.portcullis_abi_version();
    if (found !== ABI_VERSION) {
      throw new Error(`portcullis: expected a module of ABI ${ABI_VERSION}, not ${found}`);
    }
    this.#abi = abi;
    this.#input = abi.portcullis_input_buffer();
    this.#inputView = new Uint8Array(abi.memory.buffer, this.#input, abi.portcullis_input_capacity());
    this.#output = abi.portcullis_output_buffer();
    this.#outputView = new Uint8Array(abi.memory.buffer, this.#output, abi.portcullis_output_capacity());
    this.#verifyRequest = abi.portcullis_verify_request;
    this.#verifyToken = abi.portcullis_verify_token;
  }

  /**
   * Builds the verifier. What does not fit the input buffer is too large for the core as well, which
   * says so of the part that fits.
   * @param {Uint8Array} policy
   * @returns {string | undefined} "<path>\n<what was expected>", undefined when all is well
   */
  load(policy) {
    const part = policy.subarray(0, this.#inputView.length);
    this.#inputView.set(part);
    // The length of the error text goes before the text.
    const text = this.#output + 4;
    const room = this.#outputView.length - 4;
    this.#verifier = this.#abi.portcullis_create_verifier(this.#input, part.length, text, room, this.#output);
    this.#inputView.fill(0, 0, part.length); // held secrets
    if (this.#verifier !== 0) return undefined;
    return this.#policyError();
  }

  verifyAuthorization(value, now) {
    const length = this.#enter(value);
    return this.#leave(this.#verifyRequest(this.#verifier, SINGLE, this.#input, length, now));
  }

  verifyToken(token, now) {
    const length = this.#enter(token);
    return this.#leave(this.#verifyToken(this.#verifier, this.#input, length, now));
  }

  verifyShape(shape, now) {
    this.#enter('');
    return this.#leave(this.#verifyRequest(this.#verifier, shape, this.#input, 0, now));
  }

  respond(code) {
    this.#enter('');
    return this.#text(
      this.#abi.portcullis_write_response(this.#verifier, code, this.#output, this.#outputView.length),
    );
  }

  requestClaims(value) {
    const length = this.#enter(value);
    return this.#text(
      this.#abi.portcullis_write_request_claims(this.#input, length, this.#output, this.#outputView.length),
    );
  }

  tokenClaims(token) {
    const length = this.#enter(token);
    return this.#text(
      this.#abi.portcullis_write_token_claims(this.#input, length, this.#output, this.#outputView.length),
    );
  }

  /**
   * Verifies one signature. What is passed is written to the input buffer one behind the other.
   * @param {Uint8Array[]} parts algorithm, JWK, message, signature
   * @returns {number | string} 1 or 0, or "<path>\n<what was expected>"
   */
  verifySignature(parts) {
    const total = parts.reduce((sum, part) => sum + part.length, 0);
    if (total > this.#inputView.length) return '$\nexpected less than the module has room for';
    const places = [];
    let at = this.#input;
    for (const part of parts) {
      this.#inputView.set(part, at - this.#input);
      places.push(at, part.length);
      at += part.length;
    }
    const text = this.#output + 4;
    const room = this.#outputView.length - 4;
    const told = this.#abi.portcullis_verify_signature(...places, text, room, this.#output);
    if (told >= 0) return told;
    const error = this.#policyError();
    if (error === undefined) throw new Error('portcullis: the cryptographic library failed');
    return error;
  }

  reasons() {
    return require('./texts.js').reasons;
  }

  /** The functions of the edge layer; undefined where the policy, or the module, has none. */
  get edge() {
    const describe = this.#abi.portcullis_describe_edge;
    return describe?.(this.#verifier, this.#output, 0) ? this.createEdge() : undefined;
  }

  /** Those functions, of a module that exports them (exports_edge.txt). */
  createEdge() {
    return require('./edge_instance.js').createEdge({
      abi: this.#abi,
      verifier: this.#verifier,
      input: this.#input,
      inputView: this.#inputView,
      output: this.#output,
      capacity: this.#outputView.length,
      enter: (text) => this.#enter(text),
      leave: (result) => this.#leave(result),
      text: (length) => this.#text(length),
    });
  }

  /**
   * Writes the argument of a call into the input buffer, as much as fits: more than fits is more
   * than the core accepts, whatever it is.
   * @param {string} text
   * @returns {number} bytes of UTF-8
   */
  #enter(text) {
    if (this.#busy) throw new Error('portcullis: the module has failed before');
    const { written } = encoder.encodeInto(text, this.#inputView);
    this.#busy = true;
    return written;
  }

  /** @param {number} result */
  #leave(result) {
    this.#busy = false;
    return result;
  }

  /** @param {number} length of the text that a call has written */
  #text(length) {
    this.#leave(length);
    if (length === 0 || length > this.#outputView.length) {
      throw new Error('portcullis: the module wrote no text');
    }
    return this.#decode(0, length);
  }

  /**
   * Reads the error that a call has written behind its length: the path, the number of a sentence
   * as one character, and what ends the sentence.
   * @returns {string | undefined} "<path>\n<what was expected>"
   */
  #policyError() {
    const [length] = new Uint32Array(this.#abi.memory.buffer, this.#output, 1);
    if (length === 0) return undefined;
    const told = this.#decode(4, 4 + length);
    const sentence = told.indexOf('\n') + 1; // a path has no line end
    const text = require('./texts.js').policyTexts[told.charCodeAt(sentence)];
    return `${told.slice(0, sentence)}expected ${text}${told.slice(sentence + 1)}`;
  }

  #decode(begin, end) {
    decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
    return decoder.decode(this.#outputView.subarray(begin, end));
  }
}

/**
 * The engine of a compiled module. Each verifier gets an instance of its own: a trap in one leaves
 * the others alone.
 * @param {WebAssembly.Module} module
 * @param {{ loadCrypto?: () => any, loadEdgeModule?: () => WebAssembly.Module }} [host] `loadCrypto` gives
 *     node:crypto, or what answers like it; it is called when the first key comes that is not for HS256.
 *     Only a module that imports a function needs it. `loadEdgeModule` gives portcullis-edge.wasm,
 *     compiled, for a module that has no edge layer; it is called when the first policy comes that has.
 */
function createEngine(module, { loadCrypto, loadEdgeModule } = {}) {
  let edge;
  return {
    implementation: 'wasm',
    create(policy) {
      const instance = new Instance(module, loadCrypto);
      return instance.load(policy) ?? instance;
    },
    verifySignature(...parts) {
      return new Instance(module, loadCrypto).verifySignature(parts);
    },
    loadEdge: loadEdgeModule && (() => (edge ??= createEngine(loadEdgeModule(), { loadCrypto }))),
    createChecker() {
      return new Instance(module, loadCrypto).createEdge();
    },
  };
}

module.exports = { createEngine };
