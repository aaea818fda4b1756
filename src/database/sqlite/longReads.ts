import Database from "libsql/promise";
import type { LongReads } from "../database.js";
import type { DatabaseFile } from "./databaseFile.js";
import { openInPlace } from "./openInPlace.js";

/** The method that libsql's declarations omit. */
interface AsyncStatement {
  all(...values: unknown[]): Promise<Record<string, unknown>[]>;
}

/** Maximum number of reads that run at a time; others wait. */
const connections = 2;

/**
 * A statement is kept for as long as its connection is open, and used again for the same SQL: if it became garbage,
 * Node would finalize it on the server's thread, which would wait until the statement that is running on the connection
 * has ended, and could not even interrupt it.
 */
interface Connection {
  database: Database;
  statements: Map<string, AsyncStatement>;
}

/** A connection with this many statements is closed after its read, and another one is opened when it is needed. */
const mostStatements = 200;

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
  const idle: Connection[] = [];
  const open = new Set<Connection>();
  const waiting: (() => void)[] = [];

  async function take(): Promise<Connection> {
    while (idle.length === 0 && open.size >= connections) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    const free = idle.pop();
    if (free) return free;
    const database = openInPlace(file, (path) => new Database(path, {}));
    const connection = { database, statements: new Map() };
    open.add(connection);
    return connection;
  }

  function giveBack(connection: Connection): void {
    if (connection.statements.size < mostStatements) idle.push(connection);
    else if (open.delete(connection)) connection.database.close();
    waiting.shift()?.();
  }

  async function prepared({ database, statements }: Connection, sql: string): Promise<AsyncStatement> {
    const known = statements.get(sql);
    if (known) return known;
    const statement = (await database.prepare(sql)) as AsyncStatement;
    statements.set(sql, statement);
    return statement;
  }

  return {
    async query(sql, values, signal) {
      signal?.throwIfAborted();
      file.requireInPlaceToRead();
      const connection = await take();
      let interrupting: NodeJS.Timeout | undefined;
      const interrupt = () => {
        connection.database.interrupt();
        interrupting = setInterval(() => connection.database.interrupt(), interruptEveryMilliseconds);
      };
      try {
        signal?.throwIfAborted();
        signal?.addEventListener("abort", interrupt, { once: true });
        const statement = await prepared(connection, sql);
        return await statement.all(...values);
      } catch (error) {
        throw signal?.aborted ? signal.reason : error;
      } finally {
        signal?.removeEventListener("abort", interrupt);
        clearInterval(interrupting);
        giveBack(connection);
      }
    },
    async close() {
      for (const { database } of open) database.close();
      open.clear();
      idle.length = 0;
    },
  };
}
