'use strict';

// A Lambda authorizer for Amazon API Gateway: docs/adapters.md. For REST and WebSocket APIs (TOKEN and
// REQUEST) and for HTTP APIs (payload formats 1.0 and 2.0).

const { makeEvent, passes, tell } = require('./adapter.js');

/** The path of "arn:aws:execute-api:region:account:api/stage/METHOD/path". */
function pathOf(resource) {
  const parts = resource.split('/');
  return parts.length < 3 ? '*' : `/${parts.slice(3).join('/')}`; // what is no such ARN names nothing
}

/** A policy's resource is a pattern: a path that is one would allow more than it was asked for. */
function namesOne(resource) {
  return !/[*?]|\$\{/.test(pathOf(resource));
}

function readHttpApi(event) {
  const { http, stage } = event.requestContext;
  const prefix = `/${stage}`;
  let uri = event.rawPath;
  if (uri === prefix || uri.startsWith(`${prefix}/`)) uri = uri.slice(prefix.length) || '/';
  const cookies = event.cookies ?? [];
  const headers = Object.entries(event.headers ?? {}).filter(
    ([name]) => cookies.length === 0 || name.toLowerCase() !== 'cookie',
  );
  return makeEvent({
    method: http.method,
    uri,
    querystring: event.rawQueryString ?? '',
    clientIp: http.sourceIp,
    headers: [...headers, ...cookies.map((cookie) => ['cookie', cookie])],
  });
}

/** The request as a verifier reads it, and the ARN of what is asked for. */
function read(event) {
  if (event.version === '2.0') return [readHttpApi(event), String(event.routeArn)];
  const resource = String(event.methodArn);
  if (event.type === 'TOKEN') {
    const parts = {
      method: resource.split('/')[2],
      uri: pathOf(resource),
      querystring: '',
      clientIp: undefined,
      headers: [['authorization', event.authorizationToken]],
    };
    return [makeEvent(parts), resource];
  }
  const headers = Object.entries(event.multiValueHeaders ?? event.headers ?? {});
  const query = new URLSearchParams();
  const parameters = event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {};
  for (const [name, values] of Object.entries(parameters)) {
    for (const value of [values].flat()) query.append(name, value);
  }
  const parts = {
    method: event.httpMethod,
    uri: event.path,
    querystring: query.toString(),
    clientIp: event.requestContext.identity?.sourceIp,
    headers: headers.flatMap(([name, values]) => [values].flat().map((value) => [name, value])),
  };
  return [makeEvent(parts), resource];
}

function createAuthorizer(verifier, options = {}) {
  const { simple = false, unauthorized = 'deny' } = options;
  return async function authorize(event) {
    let asked;
    let resource;
    try {
      [asked, resource] = read(event);
    } catch {
      [asked, resource] = [undefined, '*']; // denied as request_malformed
    }
    const decision = verifier.verify(asked);
    tell(decision, options);
    const allowed = passes(decision) && (simple || namesOne(resource));
    const { reason, status, edits, claims } = decision;
    if (!allowed && unauthorized === 'throw' && (status === 401 || status === 302)) {
      throw new Error('Unauthorized'); // a REST API looks at the message alone
    }
    const context = { reason, ...edits?.set };
    if (simple) return { isAuthorized: allowed, context };
    const statement = {
      Action: 'execute-api:Invoke',
      Effect: allowed ? 'Allow' : 'Deny',
      Resource: resource,
    };
    return {
      principalId: String(claims?.sub ?? 'unknown'),
      policyDocument: { Version: '2012-10-17', Statement: [statement] },
      context,
    };
  };
}

module.exports = { createAuthorizer };
