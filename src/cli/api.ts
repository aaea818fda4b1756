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
}
