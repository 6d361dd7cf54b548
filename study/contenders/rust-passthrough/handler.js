'use strict';

const { handler } = require('peer');

exports.handler = async (event, context) => {
  // A rebuilt request, which is right but lacks what the module's types do not name: the caller's own goes back.
  await handler(event, context);
  return event.Records[0].cf.request;
};
