// Login by OpenID Connect at oidc-provider (npm). It knows a client's secret with every character, lists in claims, and a
// logout without the ID token.
import { oidcCases } from './lib/oidc-cases.mjs';
import { startProvider } from './lib/provider.mjs';

oidcCases({ start: startProvider, issuerOf: (port) => `http://127.0.0.1:${port}`, clientId: 'code system',
  secret: 'a secret + with /odd% characters: & enough of them' });
