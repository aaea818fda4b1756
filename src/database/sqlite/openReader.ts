import Libsql from "libsql";
import { LRUCache } from "lru-cache";
import type { Read } from "../database.js";
import { sqliteDateTime } from "./connection.js";
import type { DatabaseFile } from "./databaseFile.js";
import { emptyLog } from "./emptyLog.js";
import { openInPlace } from "./openInPlace.js";

export interface Reader {
  read: Read;
  close(): void;
}

interface Prepared {
  statement: Libsql.Statement;
  names: string[];
  /** For each column, the conversion of the value that SQLite returns. */
  convert: ((value: never) => unknown)[];
}

const cachedStatements = 200;

const asItIs = (value: unknown) => value;
const converters: Record<string, (value: never) => unknown> = {
  DATETIME: (value: string) => new Date(value),
  BOOLEAN: (value: bigint) => value !== 0n,
  INTEGER: (value: bigint) => Number(value),
};

/**
 * Reads without Prisma, over a connection that writes nothing. Prisma takes two thirds of the time of a
 * page's statement, because it prepares each statement anew and traverses every value several times. libsql
 * is synchronous, here as under Prisma: only for statements that read a page.
 */
export function openReader(file: DatabaseFile): Reader {
  const connection = openInPlace(file, (path) => new Libsql(path));
  connection.exec("PRAGMA query_only = ON");
  connection.prepare("SELECT 1 FROM sqlite_master").get([]); // takes a lock, which it holds while it is open
  const cached = new LRUCache<string, Prepared>({ max: cachedStatements });

  function prepare(sql: string): Prepared {
    let prepared = cached.get(sql);
    if (!prepared) {
      const statement = connection.prepare(sql).safeIntegers(true).raw(true);
      const columns = statement.columns();
      prepared = {
        statement,
        names: columns.map(({ name }) => name),
        convert: columns.map(({ type }) => converters[type ?? ""] ?? asItIs),
      };
      cached.set(sql, prepared);
    }
    return prepared;
  }

  return {
    async read(sql, values) {
      file.requireInPlaceToRead();
      const { statement, names, convert } = prepare(sql);
      const rows = statement.all(values.map(bound)) as unknown[][];
      return rows.map((row) => {
        const record: Record<string, unknown> = {};
        for (let i = 0; i < names.length; i++) {
          const value = row[i];
          record[names[i]] = value === null ? null : convert[i](value as never);
        }
        return record;
      });
    },
    close() {
      if (file.holdBackLog(connection)) return;
      if (file.problem() === null) emptyLog(connection);
      connection.close();
    },
  };
}

function bound(value: unknown): unknown {
  return value instanceof Date ? sqliteDateTime(value) : value;
}
