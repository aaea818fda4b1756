import { executeInProcess } from "../execute.js";
import type { Medoid } from "../medoid.js";
import { CommandError } from "./commandErrors.js";

/**
 * Runs a query or mutation on the schema, as a client would.
 * @throws CommandError with the messages of its errors
 */
export async function queryData<T>(
  medoid: Medoid,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const { data, errors } = await executeInProcess(medoid, { query, variables });
  if (errors?.length) throw new CommandError(errors.map(({ message }) => message).join("\n"));
  return data as T;
}
