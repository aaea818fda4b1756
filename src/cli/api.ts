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
   * The bytes of an image or an export, from the address that a field of the API has given.
   * @throws CommandError if there is nothing at the address; the signal's reason once it aborts
   */
  download(address: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}
