import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/** Whether a request offers to continue as a WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.trim().toLowerCase() === "websocket";
}

/**
 * Responds over HTTP to a request that offers to continue in another protocol, as curl and Java's client
 * offer HTTP/2. A server may ignore such an offer, and Node's does, but only if there is no listener for
 * "upgrade". So the connection is started again, from the request without its offer.
 */
export function respondAsHttp(http: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    let value = rawHeaders[i + 1];
    if (/^upgrade$/i.test(name)) continue;
    if (/^connection$/i.test(name)) value = value.replace(/\bupgrade\b\s*,?/gi, "");
    lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
  http.emit("connection", socket);
}
