'use strict';

// The door to the core through the Node-API addon, which npm installs as a package beside this one, or
// `./dev build` puts beside this file; an error that names each place where it was looked for in vain.

const { makeDoor } = require('./edge.js');

// Where to look, in this order: an addon, and the one that a policy with an edge layer needs. A bundler sees
// each `require` and copies what is there (esbuild --loader:.node=copy); `try` tells it that the file may be
// missing.
const places = [
  [
    'platform package',
    () => { try { return require('portcullis-linux-x64-gnu/portcullis.node'); } catch (error) { throw error; } },
    () => { try { return require('portcullis-linux-x64-gnu/portcullis-edge.node'); } catch (error) { throw error; } },
  ],
  [
    'local build',
    () => { try { return require('./portcullis.node'); } catch (error) { throw error; } },
    () => { try { return require('./portcullis-edge.node'); } catch (error) { throw error; } },
  ],
];

function findEngine() {
  const failures = [];
  for (const [place, addon, edgeAddon] of places) {
    try {
      const { create, verifySignature } = addon();
      return { implementation: 'native', create, verifySignature, loadEdge: () => edgeEngine(edgeAddon()) };
    } catch (error) {
      // The first line: Node adds who has asked, which tells nothing here.
      failures.push(`${place}: ${error?.message ?? error}`.split('\n', 1)[0]);
    }
  }
  const host = `${process.platform} ${process.arch}`;
  throw new Error(`portcullis: no addon loads here (${host}): ${failures.join('; ')}`);
}

function edgeEngine({ create, verifySignature, ...checker }) {
  return { create, verifySignature, createChecker: () => checker };
}

const {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
} = makeDoor(findEngine());

module.exports = {
  Verifier,
  PolicyError,
  createHandler,
  checkResponse,
  verifySignature,
  version,
  implementation,
};
