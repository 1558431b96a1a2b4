/** Where the hub is mounted, with a slash at the end. The server says it by `<base href>`. */
export function hubBase(): string {
  return new URL('.', globalThis.document?.baseURI ?? 'http://localhost/').href
}

/** An address of the API: `url('auth/me')`. */
export function url(path: string): string {
  return new URL(path.replace(/^\//, ''), hubBase()).href
}
