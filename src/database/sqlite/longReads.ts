import Database from "libsql/promise";
import type { LongReads } from "../database.js";
import type { DatabaseFile } from "./databaseFile.js";

/** The method that libsql's declarations omit. */
interface AsyncStatement {
  all(...values: unknown[]): Promise<Record<string, unknown>[]>;
}

/** Maximum number of reads that run at a time; others wait. */
const connections = 2;

/**
 * libsql drops an interruption that comes before its thread has started the statement, so that it is repeated
 * at this interval.
 */
const interruptEveryMilliseconds = 20;

/**
 * Opens connections of its own when they are first needed. libsql runs their statements in threads of its
 * own, in which a statement can be interrupted. A worker thread of Node would not receive the request to stop
 * before the statement ends.
 */
export function openLongReads(file: DatabaseFile): LongReads {
  const idle: Database[] = [];
  const open = new Set<Database>();
  const waiting: (() => void)[] = [];

  async function take(): Promise<Database> {
    while (idle.length === 0 && open.size >= connections) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    const free = idle.pop();
    if (free) return free;
    file.requireInPlace();
    const connection = new Database(file.path, {});
    open.add(connection);
    return connection;
  }

  return {
    async query(sql, values, signal) {
      signal?.throwIfAborted();
      file.requireInPlaceToRead();
      const connection = await take();
      let interrupting: NodeJS.Timeout | undefined;
      const interrupt = () => {
        connection.interrupt();
        interrupting = setInterval(() => connection.interrupt(), interruptEveryMilliseconds);
      };
      try {
        signal?.throwIfAborted();
        signal?.addEventListener("abort", interrupt, { once: true });
        const statement = (await connection.prepare(sql)) as AsyncStatement;
        return await statement.all(...values);
      } catch (error) {
        throw signal?.aborted ? signal.reason : error;
      } finally {
        signal?.removeEventListener("abort", interrupt);
        clearInterval(interrupting);
        idle.push(connection);
        waiting.shift()?.();
      }
    },
    async close() {
      for (const connection of open) connection.close();
      open.clear();
      idle.length = 0;
    },
  };
}
