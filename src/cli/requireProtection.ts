import type { App } from "../app.js";
import { ArgumentError } from "./commandErrors.js";

/** @throws ArgumentError if the address can be reached over a network and requests need no API key */
export async function requireProtection({ database, settings }: App, host: string): Promise<void> {
  const { isLoopback } = await import("../server/access/clientAddress.js");
  if (isLoopback(host) || settings.requireKeys || (await database.prisma.apiKey.count()) > 0) return;
  throw new ArgumentError(
    `--host ${host} can be reached from other machines, and there is no API key. Create one with \`medoid keys create NAME\`, or add --insecure to allow everybody everything.`,
  );
}
