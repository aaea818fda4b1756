/** Statements that read more than a page: off the server's thread, and interrupted once nobody waits for them. */
export interface LongReads {
  /** @throws the signal's reason, at once, where it aborts */
  query(sql: string, values: unknown[], signal?: AbortSignal): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}
