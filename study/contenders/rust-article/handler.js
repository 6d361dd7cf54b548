'use strict';

const { auth_handler, configure } = require('peer');
const policy = require('./policy.json');

configure(JSON.stringify(policy));

// The module answers by a callback, as the article's does. Runtime clients refuse a handler of three
// parameters today, so that this one awaits the callback for them.
exports.handler = async (event, _context) => {
  let reply;
  auth_handler(event, (_error, answer) => {
    reply = answer;
  });
  // On allow the reply is a rebuilt request, which lacks what its types do not name: the caller's own goes back.
  return reply.status === undefined ? event.Records[0].cf.request : reply;
};
