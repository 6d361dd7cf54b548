export interface CloudFrontRequest {
  headers?: unknown;
}

export interface CloudFrontResponse {
  status: string;
  statusDescription: string;
  headers: Record<string, { key: string; value: string }[]>;
  body: string;
}

function response(status: string, statusDescription: string, error: string, challenge?: string): CloudFrontResponse {
  const headers: CloudFrontResponse['headers'] = {
    'content-type': [{ key: 'Content-Type', value: 'application/json' }],
    'cache-control': [{ key: 'Cache-Control', value: 'no-store' }],
  };
  if (challenge) headers['www-authenticate'] = [{ key: 'WWW-Authenticate', value: challenge }];
  return { status, statusDescription, headers, body: `{"error":"${error}"}` };
}

export const credentialMissing = () => response('401', 'Unauthorized', 'unauthorized', 'Bearer realm="portcullis"');

export const invalidToken = () =>
  response('401', 'Unauthorized', 'invalid_token', 'Bearer realm="portcullis", error="invalid_token"');

export const insufficientScope = () =>
  response('403', 'Forbidden', 'insufficient_scope', 'Bearer realm="portcullis", error="insufficient_scope"');

export const internalServerError = () => response('500', 'Internal Server Error', 'internal_server_error');
