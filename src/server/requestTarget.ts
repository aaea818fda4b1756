import type { IncomingMessage } from "node:http";

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is;
/** Matches the characters that mean the same whether they are encoded or not (RFC 3986, section 2.3). */
const unreserved = /^[\w.~-]$/;

/**
 * Rewrites a request's target as path and query, in which unreserved characters of the path are not encoded,
 * so that other code need handle no other form. If the target is a whole URL, as proxies send it, its host
 * replaces the Host header (RFC 9112, section 3.2.2).
 */
export function useOriginForm(request: IncomingMessage): void {
  let target = request.url ?? "";
  const absolute = absoluteForm.exec(target);
  if (absolute) {
    request.headers.host = absolute[1];
    target = absolute[2].startsWith("/") ? absolute[2] : `/${absolute[2]}`;
  }
  const queryAt = target.indexOf("?");
  const path = queryAt < 0 ? target : target.slice(0, queryAt);
  const plain = path.replace(/%([0-9a-f]{2})/gi, (encoded, digits) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return unreserved.test(character) ? character : encoded;
  });
  request.url = plain + target.slice(path.length);
}

/** Whether the Host header of a request is valid or absent, and is not repeated (RFC 9112, section 3.2). */
export function hasUsableHost({ headers, headersDistinct }: IncomingMessage): boolean {
  const { host } = headers;
  if ((headersDistinct.host?.length ?? 0) > 1) return false;
  return !host || (hostAndPort.test(host) && URL.canParse(`http://${host}`));
}

const hostAndPort = /^(\[[\da-f:.]+\]|[\w.~%!$&'()*+,;=-]+)(:\d*)?$/i;
