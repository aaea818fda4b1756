import type { ServerResponse } from "node:http";

/**
 * Closes the connection of a response that has begun and cannot be completed. It is reset, because a client of
 * HTTP/1.0, as some proxies are, takes an ordinary end of the connection for the end of the response.
 */
export function cutOff(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
  response.destroy();
}
