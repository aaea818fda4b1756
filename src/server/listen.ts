import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The address on which a server listens. */
export interface Listening {
  /** The URL with the host as it was given, such as "http://127.0.0.1:4000". */
  url: string;
  /** The address that the host resolved to. */
  address: string;
}

/**
 * Makes a server listen.
 * @param port 0 for any free port
 * @throws the system's error if the server cannot listen, such as EADDRINUSE
 */
export function listen(http: Server, port: number, host: string): Promise<Listening> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      const { address, port: opened } = http.address() as AddressInfo;
      resolve({ url: serverUrl(host, opened), address });
    });
  });
}

/** The URL of a server, such as "http://127.0.0.1:4000". An IPv6 address is put into brackets. */
export function serverUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
