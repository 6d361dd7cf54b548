// What the JavaScript peers share: where a viewer request carries its bearer token, what its permissions have to be,
// and the responses of the policy. Everything between the token and its claims is the peer's own.

export interface CloudFrontRequest {
  headers?: unknown;
}

export interface CloudFrontResponse {
  status: string;
  statusDescription: string;
  headers: Record<string, { key: string; value: string }[]>;
  body: string;
}

export type Answer = CloudFrontRequest | CloudFrontResponse;

function response(status: string, statusDescription: string, error: string, challenge?: string): CloudFrontResponse {
  const headers: CloudFrontResponse['headers'] = {
    'content-type': [{ key: 'Content-Type', value: 'application/json' }],
    'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
  };
  if (challenge) headers['www-authenticate'] = [{ key: 'WWW-Authenticate', value: challenge }];
  return { status, statusDescription, headers, body: `{"error":"${error}"}` };
}

const credentialMissing = () => response('401', 'Unauthorized', 'unauthorized', 'Bearer realm="portcullis"');

export const invalidToken = () =>
  response('401', 'Unauthorized', 'invalid_token', 'Bearer realm="portcullis", error="invalid_token"');

const insufficientScope = () =>
  response('403', 'Forbidden', 'insufficient_scope', 'Bearer realm="portcullis", error="insufficient_scope"');

const internalServerError = () => response('500', 'Internal Server Error', 'internal_server_error');

/** The bearer token of the event's request, or the response that says why there is none. */
export function bearerToken(event: any): string | CloudFrontResponse {
  const request = event?.Records?.[0]?.cf?.request;
  if (typeof request !== 'object' || request === null) return internalServerError();

  const { headers } = request;
  if (headers === null || headers === undefined) return credentialMissing();
  if (typeof headers !== 'object') return invalidToken();
  const values = headers.authorization;
  if (values === null || values === undefined) return credentialMissing();
  if (!Array.isArray(values)) return invalidToken();
  if (values.length === 0) return credentialMissing();
  if (values.length > 1) return invalidToken();
  const value = values[0]?.value;
  if (typeof value !== 'string' || value === '') return invalidToken();
  const credential = /^Bearer(?: +(.*))?$/i.exec(value);
  if (credential === null) return credentialMissing();
  return credential[1] || invalidToken();
}

/** The event's own request when the permissions claim of a verified token holds all of `required`, else a response. */
export function answer(event: any, claim: unknown, required: string[]): Answer {
  const granted = typeof claim === 'string' ? claim.split(' ') : claim === undefined ? [] : claim;
  if (!Array.isArray(granted) || !granted.every((entry) => typeof entry === 'string')) return invalidToken();
  return required.every((permission) => granted.includes(permission)) ? event.Records[0].cf.request : insufficientScope();
}
