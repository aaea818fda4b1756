import type { Work, WorkProgress } from "./work.js";

/**
 * What commands read from and write to: the GraphQL API, wherever its documents are executed. A command prints
 * nothing but what it gets from here, so that its output is the same whether a server executes the documents or
 * this process.
 */
export interface Api {
  /**
   * The data of a query or a mutation.
   * @throws CommandError with the messages of the response's errors
   */
  execute<Data>(document: string, variables?: Record<string, unknown>): Promise<Data>;
  /**
   * The bytes of an image, an export or the points of a map, from the address that a field of the API has given.
   * @param onProgress receives numbers from 0 to 1, if it is known how far the export is
   * @throws CommandError if there is nothing at the address; the signal's reason once it aborts
   */
  download(
    address: string,
    signal: AbortSignal,
    onProgress?: (progress: number) => void,
  ): AsyncIterable<Uint8Array>;
  /** The states of a clustering or a map until it has ended. Without a server, this process computes it meanwhile. */
  follow(work: Work): AsyncIterable<WorkProgress>;
}
