import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Where a server listens. */
export interface Listening {
  /** Such as "http://127.0.0.1:4000", with the host as it was given. */
  url: string;
  /** The address that the host resolved to. */
  address: string;
}

/** @param port 0: any that is free @throws where it cannot listen, such as EADDRINUSE */
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

/** "http://127.0.0.1:4000" */
export function serverUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
