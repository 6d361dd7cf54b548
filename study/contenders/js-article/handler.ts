import jwt from 'jsonwebtoken';
import type { CloudFrontEvent, CloudFrontRequest, CloudFrontResponse } from './cloudfront';

const secret = process.env.JWT_SECRET as string; // replaced by its value at build time
const knownPermissions = ['view:data'];

function errorResponse(status: string, statusDescription: string, message: string): CloudFrontResponse {
  return {
    status,
    statusDescription,
    headers: { 'content-type': [{ key: 'Content-Type', value: 'application/json' }] },
    body: JSON.stringify({ error: message }),
  };
}

const unauthorized = (message: string) => errorResponse('401', 'Unauthorized', message);
const forbidden = (message: string) => errorResponse('403', 'Forbidden', message);
const internalServerError = (message: string) => errorResponse('500', 'Internal Server Error', message);

function answer(event: CloudFrontEvent): CloudFrontRequest | CloudFrontResponse {
  try {
    const { request } = event.Records[0].cf;
    const authorization = request.headers['authorization'];
    if (!authorization || authorization.length === 0) return unauthorized('Missing authorization header');
    const token = authorization[0].value.replace('Bearer ', '');
    try {
      const claims = jwt.verify(token, secret) as { permissions?: string[] };
      // The direction of this test is the article's: every granted permission must be a known one.
      const permitted = claims.permissions?.every((permission) => knownPermissions.includes(permission));
      return permitted ? request : forbidden('Insufficient permissions');
    } catch (error) {
      console.error('JWT verification failed:', error);
      return unauthorized('Invalid token');
    }
  } catch (error) {
    console.error('Handler error:', error);
    return internalServerError('An unexpected error occurred');
  }
}

export const handler = async (event: CloudFrontEvent) => answer(event);
