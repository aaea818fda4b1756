import type { Cli } from "../cli.js";
import type { Api } from "./api.js";
import { inProcessApi } from "./inProcessApi.js";
import { serverApi } from "./serverApi.js";

/** Opens the API for a command, of a server if one was given, and closes it when the command is done. */
export async function withApi<T>(cli: Cli, use: (api: Api) => Promise<T>): Promise<T> {
  if (cli.server) return use(serverApi(cli.server, cli.signal));
  const app = await cli.open();
  try {
    return await use(inProcessApi(app));
  } finally {
    await app.close();
  }
}
