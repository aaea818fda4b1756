import type { App } from "../app.js";
import { CommandError } from "./commandErrors.js";

/**
 * Runs a query or mutation on the schema, as a client would.
 * @param baseUrl what images' addresses begin with: where the server is, or would be
 * @throws CommandError with the messages of its errors
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
