import type { App } from "../app.js";
import { ArgumentError } from "./commandErrors.js";

/** @throws ArgumentError where anybody on a network could use what is served there */
export async function requireProtection({ database, settings }: App, host: string): Promise<void> {
  const { isLoopback } = await import("../server/access/clientAddress.js");
  if (isLoopback(host) || settings.requireKeys || (await database.prisma.apiKey.count()) > 0) return;
  throw new ArgumentError(
    `--host ${host} can be reached by others, and there is no API key. Make one with \`medoid keys create NAME\`, or add --insecure to let everybody do everything.`,
  );
}
