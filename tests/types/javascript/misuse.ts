// Must not compile: below each directive is one mistake, and tsc complains about a directive that
// has none below it.
import { createHandler, PolicyError, Verifier } from 'portcullis';
import * as native from 'portcullis/native';
import type { Key, Policy, Reason } from 'portcullis';

const keys: Key[] = [{ secret: 'secret', encoding: 'utf8' }];
const policy: Policy = { algorithms: ['HS256'], issuer: 'i', audience: 'a', keys };
const verifier = new Verifier(policy);

// @ts-expect-error a policy is needed
new Verifier();
// @ts-expect-error and no number is one
createHandler(7);
// @ts-expect-error leaving out the issuer takes a null
new Verifier({ algorithms: ['HS256'], audience: 'a', keys });
// @ts-expect-error leaving out the audience takes a null
new Verifier({ algorithms: ['HS256'], issuer: 'i', keys });
// @ts-expect-error a null, not undefined
new Verifier({ ...policy, issuer: undefined });
// @ts-expect-error an algorithm that is none
new Verifier({ ...policy, algorithms: ['none'] });
// @ts-expect-error an unknown member
const misspelt: Policy = { ...policy, clockTolerance: 5 };
// @ts-expect-error seconds as a number
new Verifier({ ...policy, clock_tolerance: '5' });
// @ts-expect-error required or optional
new Verifier({ ...policy, expiration: false });
// @ts-expect-error a secret says how it is encoded
const unclear: Key = { secret: 'secret' };
// @ts-expect-error a private key
const privateKey: Key = { kty: 'RSA', n: '', e: 'AQAB', d: '' };
// @ts-expect-error a curve that is none of the three
const curve: Key = { kty: 'EC', crv: 'secp256k1', x: '', y: '' };
// @ts-expect-error one issuer or several, not both
new Verifier({ ...policy, issuers: [] });
// @ts-expect-error an issuer of several has a name
new Verifier({ issuers: [{ algorithms: ['RS256'], issuer: null, audience: 'a', keys }] });
// @ts-expect-error a claim is not compared with null
new Verifier({ ...policy, require: { claims: { x: null } } });
// @ts-expect-error a list, not a word
new Verifier({ ...policy, require: { permissions: { all_of: 'view:data' } } });
// @ts-expect-error there is no one_of
new Verifier({ ...policy, require: { scope: { one_of: ['read'] } } });

// @ts-expect-error now is a number of seconds, not a Date
verifier.verifyToken('token', new Date());
// @ts-expect-error a token is needed, even when it is undefined
verifier.verifyToken();

const decision = verifier.verifyToken('token');
// @ts-expect-error the decision has been made
decision.allowed = true;
// @ts-expect-error a denied token has no claims
decision.claims.sub;
// @ts-expect-error an allowed one no response
decision.response.status;
// @ts-expect-error no such reason
const reason: Reason = 'token_expired';
if (decision.allowed) {
  // @ts-expect-error claims are as the issuer signed them
  decision.claims.sub = 'another';
  // @ts-expect-error what a claim holds is not known
  const role: string = decision.claims['role'];
  void role;
} else {
  // @ts-expect-error there is nothing to read
  decision.claims.sub;
}

const judged = verifier.verify({});
// @ts-expect-error a public route has no claims
if (judged.kind === 'allow') judged.claims.sub;
// @ts-expect-error a redirect has no body
if (judged.kind === 'challenge') judged.response.body.length;
// @ts-expect-error an event type that is none
native.checkResponse({}, { eventType: 'viewer' });
// @ts-expect-error which event is told
native.checkResponse({});
// @ts-expect-error a source is of one kind
new Verifier({ ...policy, sources: [{ header: 'a', cookie: 'b' }] });
// @ts-expect-error only a cookie can be the first of several
new Verifier({ ...policy, sources: [{ query: 'a', repeated: 'first' }] });
// @ts-expect-error an access that is none
new Verifier({ ...policy, routes: [{ path: '/', access: 'private' }] });
// @ts-expect-error a public key makes no proofs
new Verifier({ ...policy, challenge: { page: { url: '/', key: { pem: '' } } } });
// @ts-expect-error a function
createHandler(policy, { log: 'console' });

// @ts-expect-error a handler takes the event
createHandler(policy)();
// @ts-expect-error and answers with a promise
const answer: { status: string } = createHandler(policy)({ Records: [] });

// @ts-expect-error only the door that can fall back says why
native.fallbackReason;
// @ts-expect-error made by the library, with a path
new PolicyError();

void [misspelt, unclear, privateKey, curve, reason, answer];
