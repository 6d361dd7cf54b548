'use strict';

// The functions of the edge layer on one instance of a module that has it (exports_edge.txt), as
// ../bindings-node/edge_layer.js calls them. Loaded by loader.js for such a module.

const { responseRules } = require('./edge_texts.js');

const encoder = new TextEncoder();

/**
 * @param {any} instance of loader.js: its ABI, its buffers, and what begins and ends a call. A call that
 *     traps never ends, so that every later one fails.
 */
function createEdge({ abi, verifier, input, inputView, output, capacity, enter, leave, text }) {
  const judgeRequest = abi.portcullis_judge_request;
  if (judgeRequest === undefined) throw new Error('portcullis: expected a module with the edge layer');
  const optionalText = (length) => (length === 0 ? leave(undefined) : text(length));

  /** A function (verifier, request, length, decision, output, capacity) -> length. */
  const about = (write) => (request, decision) => {
    const length = enter(request);
    return optionalText(write(verifier, input, length, decision, output, capacity));
  };

  return {
    describe() {
      enter('');
      return optionalText(abi.portcullis_describe_edge(verifier, output, capacity));
    },

    seed(sixteenBytes) {
      enter('');
      inputView.set(sixteenBytes);
      abi.portcullis_seed_edge(verifier, input);
      inputView.fill(0, 0, sixteenBytes.length);
      return leave(true);
    },

    judge(request, now) {
      const length = enter(request);
      return leave(judgeRequest(verifier, input, length, now));
    },

    response(request, decision, now) {
      const length = enter(request);
      const write = abi.portcullis_write_edge_response;
      return text(write(verifier, input, length, decision, now, output, capacity));
    },

    edits: about(abi.portcullis_write_edge_edits),
    log: about(abi.portcullis_write_edge_log),
    claims: about(abi.portcullis_write_edge_claims),

    answerChallenge(challenge, client, now) {
      const length = enter(challenge);
      const { written } = encoder.encodeInto(client, inputView.subarray(length));
      const answer = abi.portcullis_answer_challenge;
      return optionalText(answer(verifier, input, length, input + length, written, now, output, capacity));
    },

    checkResponse(eventType, response, original) {
      // Four times what CloudFront takes in any event.
      if (response.length + original.length > inputView.length) return 'response_too_large $\n';
      enter('');
      inputView.set(response);
      inputView.set(original, response.length);
      const at = input + response.length;
      const check = abi.portcullis_check_response;
      const length = check(eventType, input, response.length, at, original.length, output, capacity);
      return length === 0 ? leave('') : text(length);
    },

    responseRules: () => responseRules,
  };
}

module.exports = { createEdge };
