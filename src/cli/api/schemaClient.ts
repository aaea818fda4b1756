import type { App } from "../../app.js";
import { DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import { CommandError } from "../process.js";

/**
 * Runs a query or mutation on the schema, as a client would.
 *
 * @param baseUrl the beginning of image URLs: the address of the server that serves them, or would if it ran
 * @throws CommandError with the messages of the response's errors
 */
export async function queryData<T>(
  app: App,
  query: string,
  variables: Record<string, unknown> = {},
  baseUrl?: string,
): Promise<T> {
  const { executeInProcess } = await import("../../server/inProcess.js"); // takes a while to load
  const { logToConsole } = await import("../../server/responseError.js");
  const { data, errors } = await executeInProcess<T>(app, {
    ...{ query, variables, baseUrl },
    log(error, id) {
      // An outage is no fault of the program: its message is enough, which is that of the response too.
      if (!(error instanceof DatabaseUnavailableError)) logToConsole(error, id);
    },
  });
  if (errors?.length || !data)
    throw new CommandError((errors ?? []).map(({ message }) => message).join("\n"));
  return data;
}
