// Login by OpenID Connect at glewlwyd (Debian), whose issuer has a path. Every case of oidc.test.mjs, lies too: its keys are
// the test's, so a lie is signed with what it publishes. Three things it cannot do: a client secret is compared as it was sent, so
// without the encoding of RFC 6749 2.3.1; claims are no lists, so there are no enterprises; and it ends a session only
// with the ID token at hand (oidc_logout_hint).
import { startGlewlwyd } from './lib/glewlwyd.mjs';
import { oidcCases } from './lib/oidc-cases.mjs';

oidcCases({ start: startGlewlwyd, issuerOf: (port) => `http://127.0.0.1:${port}/api/oidc`, clientId: 'code-system',
  secret: 'a-secret-of-unreserved-characters', settings: { oidc_logout_hint: 1 } });
