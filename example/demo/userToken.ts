import { createHmac } from 'node:crypto';

/**
 * What the app's own backend does: mints the token by which the gateway knows a user (RFC 7519, HS256 with the app's secret).
 * The gateway takes a lifetime of at most 24 hours.
 */
export function mintUserToken(userID: string, appID: string, appSecret: string, lifetime = 3600): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: userID, aud: appID, iat: now, exp: now + lifetime })}`;
  return `${signed}.${createHmac('sha256', appSecret).update(signed).digest('base64url')}`;
}
