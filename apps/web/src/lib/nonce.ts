/** The nonce of this answer's policy, put into the page by the API. Read once, before the first render. */
let nonce: string | undefined;
export function cspNonce(): string {
  nonce ??= document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
  return nonce;
}
