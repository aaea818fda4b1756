/**
 * Statements that read more than a page. They run off the server's thread, and are interrupted once nobody
 * waits for their result.
 */
export interface LongReads {
  /** @throws the signal's reason as soon as it aborts */
  query(sql: string, values: unknown[], signal?: AbortSignal): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}
