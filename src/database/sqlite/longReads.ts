import Database from "libsql/promise";
import type { LongReads } from "../database.js";
import type { DatabaseFile } from "./databaseFile.js";

/** What libsql's declarations leave out. */
interface AsyncStatement {
  all(...values: unknown[]): Promise<Record<string, unknown>[]>;
}

/** How many may run at a time; the rest wait. */
const connections = 2;

/** libsql forgets an interruption that comes before its thread has begun the statement: so often it is told again. */
const interruptEveryMilliseconds = 20;

/**
 * Opens connections of its own, when they are first needed. libsql runs what these are asked in threads of its own,
 * where a statement can be interrupted; a worker thread of Node's could not hear of it before the statement ends.
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
