import type { App } from "../app.js";
import { CommandError } from "./process.js";

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
  const { executeInProcess } = await import("../server/inProcess.js"); // takes a while to load
  const { data, errors } = await executeInProcess<T>(app, { query, variables, baseUrl });
  if (errors?.length || !data)
    throw new CommandError((errors ?? []).map(({ message }) => message).join("\n"));
  return data;
}
