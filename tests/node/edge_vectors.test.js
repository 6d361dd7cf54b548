'use strict';

const { runEdgeVectors } = require('./edge_vector_cases.js');

runEdgeVectors('Node addon', require('portcullis/native'));
