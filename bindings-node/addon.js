'use strict';

// Finds the Node-API addon: in the platform package that npm installs beside this one, else beside this
// file, where `./dev build` puts it. Gives the door, or why there is none: for each place in turn.

const { makeDoor } = require('./edge.js');

// Where to look, in this order. A policy with an edge layer has an addon of its own, of the same place.
// A bundler sees each `require` and copies what is there (esbuild --loader:.node=copy); `try` tells it that
// the file may be missing.
const places = {
  'platform package': {
    addon() {
      try { return require('portcullis-linux-x64-gnu/portcullis.node'); } catch (error) { throw error; }
    },
    edgeAddon() {
      try { return require('portcullis-linux-x64-gnu/portcullis-edge.node'); } catch (error) { throw error; }
    },
  },
  'local build': {
    addon() {
      try { return require('./portcullis.node'); } catch (error) { throw error; }
    },
    edgeAddon() {
      try { return require('./portcullis-edge.node'); } catch (error) { throw error; }
    },
  },
};

function makeEngine({ create, verifySignature }, edgeAddon) {
  return {
    implementation: 'native',
    create,
    verifySignature,
    loadEdge() {
      const { create, verifySignature, ...checker } = edgeAddon();
      return { create, verifySignature, createChecker: () => checker };
    },
  };
}

function findDoor() {
  const failures = [];
  for (const [name, { addon, edgeAddon }] of Object.entries(places)) {
    try {
      return { door: makeDoor(makeEngine(addon(), edgeAddon)) };
    } catch (error) {
      // The first line: Node adds who has asked, which tells nothing here.
      failures.push(`${name}: ${error?.message ?? error}`.split('\n', 1)[0]);
    }
  }
  const host = `${process.platform} ${process.arch}`;
  return { reason: `portcullis: no addon loads here (${host}): ${failures.join('; ')}` };
}

const { door, reason } = findDoor();

module.exports = { door, reason };
