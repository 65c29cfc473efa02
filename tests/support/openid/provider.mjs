// Two OpenID providers in the place of Microsoft's login (TLS) and Atlassian's (plain HTTP), on free loopback ports.
// Takes one JSON argument; prints the two issuers as one line of JSON.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import Provider from 'oidc-provider';

const wanted = JSON.parse(process.argv[2]);

// Atlassian's token endpoint takes JSON, this provider forms alone (RFC 6749).
async function jsonAsForm(ctx, next) {
  if (ctx.method === 'POST' && ctx.is('json')) {
    const chunks = [];
    for await (const chunk of ctx.req) chunks.push(chunk);
    ctx.req.body = JSON.parse(Buffer.concat(chunks));
    ctx.req.headers['content-type'] = 'application/x-www-form-urlencoded';
  }
  await next();
}

// Microsoft's account chooser; this provider's own pages know login and consent alone.
const loginInPlaceOfChooser = (url) => url.replace('prompt=select_account', 'prompt=login');

function start(server, scheme, path, { client, people, ...login }) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const issuer = `${scheme}://127.0.0.1:${server.address().port}${path}`;
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
      const provider = new Provider(issuer, {
        clients: [{ token_endpoint_auth_method: 'client_secret_post', ...client }],
        // Cookies do not tell ports apart.
        cookies: { keys: [randomUUID()], names: { session: `${scheme}_session` } },
        findAccount: (_ctx, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
        jwks: { keys: [jwk] },
        pkce: { required: () => true },
        rotateRefreshToken: true,
        ...login,
      });
      provider.use(jsonAsForm);
      const handle = provider.callback();
      server.on('request', (request, response) => {
        request.originalUrl = loginInPlaceOfChooser(request.url);
        request.url = request.originalUrl.slice(path.length);
        handle(request, response);
      });
      resolve(issuer);
    });
  });
}

const microsoft = {
  ...wanted.microsoft,
  claims: { openid: ['sub', 'tid', 'oid'], profile: ['name', 'preferred_username'] },
  conformIdTokenClaims: false,
  features: { clientCredentials: { enabled: true } },
};
const atlassian = {
  ...wanted.atlassian,
  features: { introspection: { enabled: true } },
  routes: { authorization: '/authorize', token: '/oauth/token' },
  scopes: wanted.scopes,
  ttl: { AccessToken: wanted.seconds },
};
console.log(JSON.stringify({
  // MSAL refuses an authority without a path.
  microsoft: await start(https.createServer(wanted.tls), 'https', '/tenant', microsoft),
  atlassian: await start(http.createServer(), 'http', '', atlassian),
}));
