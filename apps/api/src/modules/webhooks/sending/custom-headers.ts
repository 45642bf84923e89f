/** What a tenant may add to each send. */
export function customHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return headers;
}
