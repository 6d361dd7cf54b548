// Has to compile in every resolution, and to run where the compiler's output does. Without portcullis/express,
// whose declarations want those of Node.
import { fallbackReason, implementation, PolicyError, Verifier } from 'portcullis';
import type { Policy } from 'portcullis';
import * as native from 'portcullis/native';
import * as wasm from 'portcullis/wasm';
import * as selfContained from 'portcullis/wasm-self-contained';
import * as inline from 'portcullis/wasm-inline';
import { makeDoor } from 'portcullis/edge';
import { createEngine } from 'portcullis/loader';
import { createGuard } from 'portcullis/fetch';
import { createAuthorizer } from 'portcullis/authorizer';
import { createRefreshingVerifier } from 'portcullis/jwks';
import type { handler } from 'portcullis/lambda-edge';
import type { CloudFrontEvent } from 'portcullis/cloudfront';

const policy: Policy = { algorithms: ['HS256'], issuer: null, audience: null, keys: [{ kty: 'oct', k: 'A'.repeat(43) }] };
const reason: string | undefined = fallbackReason;
const kinds: ('native' | 'wasm')[] = [native.implementation, wasm.implementation, inline.implementation, selfContained.implementation];
const functions = [makeDoor, createEngine, createGuard, createAuthorizer, createRefreshingVerifier];

export type Answer = Awaited<ReturnType<typeof handler>>;
export type Event = CloudFrontEvent;

// @ts-expect-error: a class without its argument
export const wrong = () => new Verifier();

console.log(
  implementation,
  reason === undefined &&
    kinds.join() === 'native,wasm,wasm,wasm' &&
    functions.every((each) => typeof each === 'function') &&
    new Verifier(policy).verifyToken('x').reason === 'token_malformed' &&
    native.PolicyError === PolicyError &&
    inline.PolicyError === PolicyError,
);
