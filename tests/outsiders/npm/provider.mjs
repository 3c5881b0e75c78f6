// Runs the npm package `oidc-provider` on loopback: a provider of OpenID Connect, whose accounts sign in at once.
//
// argument  {"port", "client": {"id", "redirect"}, "accounts": {id: {"name", "id_number"}}, "account": id}
// stdout    "ready", once it answers; it ends with its stdin
//
// The interaction of the account is finished by the program itself: which pages a provider shows is its own affair.

import { createServer } from 'node:http';

import * as jose from 'jose';
import Provider from 'oidc-provider';

const given = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${given.port}`;

async function signingKey() {
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'signing' };
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: given.client.id,
      redirect_uris: [given.client.redirect],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [await signingKey()] },
  claims: { openid: ['sub'], profile: ['name', 'id_number'] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ['of a test'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...given.accounts[id] }) }),
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile');
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
const server = createServer(async (request, response) => {
  if (request.url.startsWith('/sign-in/')) {
    await provider.interactionFinished(request, response, { login: { accountId: given.account }, consent: {} });
  } else {
    answer(request, response);
  }
});
server.listen(given.port, '127.0.0.1', () => console.log('ready'));
process.stdin.on('end', () => process.exit(0)).resume();
