'use strict';

const { runEdgeVectors } = require('../node/edge_vector_cases.js');
const { forms } = require('./forms.js');

// The forms share the JavaScript around them: one is asked in every way.
for (const { name, door } of forms) {
  runEdgeVectors(`WASM, ${name}`, door, { core: name !== 'host' });
}
