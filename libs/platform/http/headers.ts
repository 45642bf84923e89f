import { ServerResponse, type IncomingMessage } from 'node:http';
import helmet from 'helmet';

const PERMISSIONS = ['accelerometer', 'camera', 'geolocation', 'gyroscope', 'magnetometer', 'microphone', 'payment', 'usb']
  .map((name) => `${name}=()`)
  .join(', ');

/** Content security policy of the SPA; `nonce` is new for each HTML answer. */
export function pagePolicy(nonce: string, storageOrigin = ''): string {
  const s = storageOrigin ? ` ${storageOrigin}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'none'",
    `img-src 'self' data: blob:${s}`,
    "font-src 'self'",
    `connect-src 'self'${s}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    'report-uri /api/v1/csp-reports',
  ].join('; ');
}

export type HeaderSet = Readonly<Record<string, string>>;

/**
 * The security headers of every answer as one static object: helmet is run once at start against a response that goes nowhere,
 * so a request pays for a copy and not for fifteen functions.
 */
export function securityHeaders({ https, build }: { readonly https: boolean; readonly build: string }): HeaderSet {
  const response = new ServerResponse({ method: 'GET' } as IncomingMessage);
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
    originAgentCluster: false,
    xDownloadOptions: false,
    xDnsPrefetchControl: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  })({ method: 'GET' } as IncomingMessage, response, (error) => {
    if (error) throw error instanceof Error ? error : new Error('helmet refused its options');
  });
  const headers = Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]));
  return Object.freeze({ ...headers, 'permissions-policy': `${PERMISSIONS}, clipboard-write=(self)`, 'x-app-build': build });
}
