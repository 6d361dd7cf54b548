// Has to compile: the doors as their users write them.
import type { CloudFrontRequestEvent, CloudFrontRequestHandler } from 'aws-lambda';
import * as portcullis from 'portcullis';
import * as native from 'portcullis/native';
import * as wasm from 'portcullis/wasm';
import * as selfContained from 'portcullis/wasm-self-contained';
import * as inline from 'portcullis/wasm-inline';
import { makeDoor } from 'portcullis/edge';
import { createEngine } from 'portcullis/loader';
import { createHandler, PolicyError, Verifier } from 'portcullis';
import type { Decision, EdgeRules, Key, Policy, Reason, ResponseFinding, TokenDecision } from 'portcullis';

const keys: Key[] = [
  { kty: 'oct', k: 'c2VjcmV0', kid: 'first', alg: 'HS256', use: 'sig', key_ops: ['verify'], x: 1 },
  { secret: 'secret', encoding: 'utf8', kid: 'second' },
];

const policy: Policy = {
  $schema: 'policy.schema.json',
  algorithms: ['HS256'],
  issuer: null,
  audience: ['https://api.example'],
  keys,
  clock_tolerance: 5,
  expiration: 'optional',
  typ: null,
  require: { permissions: { all_of: ['view:data'] }, scope: { any_of: ['read', 'write'] } },
  realm: 'api',
};

const verifier = new Verifier(policy);
new Verifier(JSON.stringify(policy));
new Verifier(new TextEncoder().encode('{}'));
new Verifier({ algorithms: ['HS256'], issuer: 'i', audience: 'a', keys } as const);

const several: Policy = {
  issuers: [
    {
      issuer: 'https://login.example/{tenantid}/v2.0',
      tenants: ['1f0c9c3e-5f0a-4b0e-9d0e-2f0c9c3e5f0a'],
      algorithms: ['RS256', 'EdDSA'],
      audience: 'a',
      keys: { keys: [{ kty: 'RSA', n: '', e: 'AQAB' }] },
      max_token_age: 3600,
      token_use: 'access',
      client_id: ['one', 'two'],
      require: {
        present: ['sub'],
        claims: { email_verified: true, tier: { any_of: ['gold'] } },
        groups: { none_of: ['blocked'] },
      },
    },
    {
      issuer: 'https://other.example/',
      algorithms: ['ES256'],
      audience: null,
      keys: [
        { kty: 'EC', crv: 'P-256', x: '', y: '' },
        { pem: '-----BEGIN PUBLIC KEY-----', kid: '1' },
      ],
    },
  ],
};
new Verifier(several);
const valid: boolean = portcullis.verifySignature(
  'EdDSA',
  { kty: 'OKP', crv: 'Ed25519', x: '' },
  new Uint8Array(1),
  new Uint8Array(64),
);
const door = makeDoor(createEngine({}, { loadCrypto: () => ({}), loadEdgeModule: () => ({}) }));
new door.Verifier(several);
void valid;

function log(reason: Reason): string {
  return reason;
}

const decision: TokenDecision = verifier.verifyToken('token', 1_800_000_000);
log(decision.reason);
if (decision.allowed) {
  const subject: string | undefined = decision.claims.sub;
  const role: unknown = decision.claims['role'];
  const none: undefined = decision.response;
  void [subject, role, none];
} else {
  const status: 400 | 401 | 403 | 429 | 500 = decision.status;
  const body: string = decision.response.body;
  decision.response.headers['x-more'] = [{ key: 'X-More', value: '1' }];
  void [status, body];
}
switch (decision.kind) {
  case 'allow':
    void decision.claims.exp;
    break;
  case 'deny':
    void decision.response.status;
    break;
}

// What comes from outside needs no type.
const event: unknown = JSON.parse('{}');
verifier.verify(event);
verifier.verifyToken(undefined);

const judged: Decision = verifier.verify(event, 1_800_000_000);
const route: number | undefined = judged.route;
const shadow: boolean = judged.shadow;
const line: string | undefined = judged.logLine;
void [route, shadow, line];
switch (judged.kind) {
  case 'allow': {
    const subject: string | undefined = judged.claims?.sub;
    const removed: string[] | undefined = judged.edits?.remove;
    void [subject, removed];
    break;
  }
  case 'deny': {
    const body: string = judged.response.body;
    void body;
    break;
  }
  case 'challenge': {
    const status: 302 = judged.status;
    const location: string | undefined = judged.response.headers['location']?.[0]?.value;
    void [status, location];
    break;
  }
  case 'answer': {
    const reason: 'preflight_answered' = judged.reason;
    void reason;
    break;
  }
}
const proof: string | undefined = verifier.answerChallenge('challenge', '203.0.113.7');
void proof;

const edge: EdgeRules = {
  sources: [
    { header: 'authorization', scheme: 'DPoP' },
    { cookie: 'session', repeated: 'first', strip: true },
    { query: 'token', strip: true },
  ],
  claim_headers: { 'x-user': 'sub' },
  routes: [
    { path: '/public/**', access: 'public' },
    { path: '/admin/**', methods: ['GET'], require: { roles: { any_of: ['admin'] } }, challenge: 'login' },
  ],
  path_case: 'exact',
  cors: { origins: ['https://app.example'], credentials: true, max_age: 600 },
  challenge: {
    login: { url: '/login', return_parameter: 'to' },
    page: { url: '/prove', key: { secret: '', encoding: 'utf8' } },
  },
  rate_limit: { address: { requests: 10, seconds: 1, burst: 20 }, over: 'challenge' },
  token_cache: { entries: 256 },
  mode: 'shadow',
  log: { decisions: 'denied', claims: ['sub'] },
};
const atEdge: Policy = { ...policy, ...edge };
new Verifier({ ...several, ...edge });
createHandler(atEdge, {
  log: (line) => process.stdout.write(line),
  onDecision: async ({ kind, reason, status, route: number, milliseconds }) => {
    void [kind, reason, status, number, milliseconds];
  },
});

const findings: ResponseFinding[] = portcullis.checkResponse({ status: '200' }, { eventType: 'viewer-request' });
portcullis.checkResponse('{}', { eventType: 'origin-response', original: { status: '200' } });
void findings.map(({ rule, path, sentence, source }) => rule + path + sentence + source);

// As a handler of Lambda@Edge, with and without the types of AWS.
export const handler: CloudFrontRequestHandler = createHandler(policy);

export async function behind(event: CloudFrontRequestEvent) {
  const answer = await createHandler(policy)(event);
  return 'uri' in answer ? answer.uri : answer.status;
}

export async function own(request: { mine: true }): Promise<void> {
  const answer = await createHandler(policy)({ Records: [{ cf: { request } }] });
  if ('mine' in answer) void answer.mine;
}

try {
  new Verifier('{}');
} catch (error) {
  if (error instanceof PolicyError) {
    const code: 'ERR_PORTCULLIS_POLICY' = error.code;
    const where: string = error.path + error.expected + error.message;
    void [code, where];
  }
}

const implementations: ['native' | 'wasm', 'native', 'wasm'] = [
  portcullis.implementation,
  native.implementation,
  wasm.implementation,
];
const inside: 'wasm' = selfContained.implementation;
const inText: 'wasm' = inline.implementation;
const versions: string[] = [portcullis.version, native.version, wasm.version];
const why: string | undefined = portcullis.fallbackReason;
const same: typeof portcullis.Verifier = wasm.Verifier;
void [implementations, inside, versions, why, same];
