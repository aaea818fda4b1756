import { randomInt } from "node:crypto";
import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import Libsql from "libsql";
import { DatabaseUnavailableError } from "../errors/databaseUnavailable.js";
import { retryWhenBusy } from "../errors/retryWhenBusy.js";
import {
  appliedMigrations,
  applyMigrations,
  type MigrationOptions,
  requireKnownSchema,
  type SchemaState,
  schemaState,
} from "../migrations/migrations.js";
import { displacement, type OpenedFile, openedFileAt } from "./databaseFile.js";
import { emptyLog } from "./emptyLog.js";
import { realPathOf } from "./fileIdentity.js";

/**
 * Creates the file if it does not exist, and applies the migrations that it lacks, in one transaction: all of
 * them or, if the process dies meanwhile, none. The transaction takes SQLite's write lock before it looks for
 * missing migrations: of several processes that find some missing, one applies them while the others wait.
 * @param path absolute
 * @throws Error if the path cannot hold a database; NewerDatabaseError; ForeignDatabaseError; DatabaseUnavailableError if
 *   the file is moved, replaced or deleted meanwhile
 */
export async function migrateSqlite(path: string, options: MigrationOptions = {}): Promise<OpenedFile> {
  requireUsable(path);
  // A statement that libsql rejects with SQLITE_BUSY stays open on its connection, so that each try opens a
  // new one.
  return retryWhenBusy(async () => {
    const connection = new Libsql(path);
    let opened: OpenedFile | undefined;
    try {
      opened = openedFileAt(path);
      // Throws if the file is another program's, before anything in it is changed.
      const before = stateOf(connection);
      // With write-ahead logging readers continue while one connection writes. The file stores this mode.
      connection.prepare("PRAGMA journal_mode = WAL").get([]);
      await migrate(connection, before, options);
      if (before.pending.length > 0) emptyLog(connection);
      return opened;
    } catch (error) {
      throw (opened && displacedError(path, opened)) ?? error;
    } finally {
      connection.close();
    }
  });
}

/** The error to report instead of SQLite's own, which only says that it cannot read or write; null if the file is in place. */
export function displacedError(path: string, opened: OpenedFile): DatabaseUnavailableError | null {
  const reason = displacement(path, opened);
  return reason === null ? null : new DatabaseUnavailableError(reason);
}

async function migrate(
  connection: Libsql.Database,
  before: SchemaState,
  options: MigrationOptions,
): Promise<void> {
  requireKnownSchema("sqlite", before, options);
  if (before.pending.length === 0 && identityOf(connection) !== 0) return;
  // A migration that rebuilds a table drops the old one; foreign keys must neither delete rows of other
  // tables nor prevent that.
  connection.exec("PRAGMA foreign_keys = OFF");
  connection.exec("BEGIN IMMEDIATE");
  let applied: string[];
  try {
    const state = stateOf(connection);
    requireKnownSchema("sqlite", state, options);
    applied =
      state.pending.length === 0 ? [] : await applyMigrations(new OneConnection(connection), "sqlite");
    const broken = applied.length === 0 ? [] : connection.prepare("PRAGMA foreign_key_check").all([]);
    if (broken.length > 0) throw new Error(`${broken.length} of its rows refer to rows that do not exist`);
    if (identityOf(connection) === 0) connection.exec(`PRAGMA application_id = ${randomInt(1, 2 ** 31)}`);
    connection.exec("COMMIT");
  } catch (error) {
    if (connection.inTransaction) connection.exec("ROLLBACK");
    throw error;
  }
  for (const name of applied) options.onMigrated?.(name, before.isNew);
}

/**
 * A random number in the file's header by which `FileContents` distinguishes databases; 0 if none was drawn
 * yet.
 */
function identityOf(connection: Libsql.Database): number {
  const row = connection.prepare("PRAGMA application_id").get([]) as { application_id: number };
  return row.application_id;
}

/**
 * Compares the file's schema with the one that this program needs. Nothing is changed or created, not even a
 * missing file.
 */
export async function sqliteSchemaState(path: string): Promise<SchemaState> {
  const file = realPathOf(path);
  if (file === null || !isFile(file)) {
    requireUsable(path);
    return schemaState("sqlite", [], []);
  }
  requireNoLogBesideLink(path);
  return retryWhenBusy(async () => {
    // Without a write-ahead log beside it no process has the file open. It is then opened as immutable, so
    // that reading it creates no other files.
    const mode = isFile(`${file}-wal`) ? "mode=ro" : "mode=ro&immutable=1";
    const connection = new Libsql(`file:${encodeURI(file).replace(/[?#]/g, encodeURIComponent)}?${mode}`);
    try {
      return stateOf(connection);
    } finally {
      connection.close();
    }
  });
}

function stateOf(connection: Libsql.Database): SchemaState {
  // The tables are read first, because another process may migrate meanwhile: if its tables are seen, so are
  // its migrations.
  const tables = connection
    .prepare(
      `SELECT name FROM sqlite_master
       WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_prisma_migrations'
       ORDER BY rowid`,
    )
    .all([]);
  const isThere = connection.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get([]);
  const rows = isThere ? connection.prepare(appliedMigrations).all([]) : [];
  return schemaState(
    "sqlite",
    (rows as { migration_name: string }[]).map((row) => row.migration_name),
    (tables as { name: string }[]).map(({ name }) => name),
  );
}

/**
 * @throws Error that says why there can be no database at the path; SQLite itself would only say that it
 *   cannot open the file
 */
function requireUsable(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new Error(`${path} is a directory`);
  if (found && !found.isFile()) throw new Error(`${path} is not a file`);
  requireNoLogBesideLink(path);
  const folder = dirname(path);
  if (!found && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`the directory ${folder} does not exist`);
  }
  try {
    accessSync(found ? path : folder, constants.R_OK | constants.W_OK);
  } catch {
    throw new Error(`this user may not read and write ${found ? path : `in ${folder}`}`);
  }
}

/**
 * SQLite looks for the log beside the file to which a link leads.
 * @throws Error if the file was moved without its log, and a link was left in its place
 */
function requireNoLogBesideLink(path: string): void {
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  const log = `${path}-wal`;
  if (!isLink || !statSync(log, { throwIfNoEntry: false })?.size) return;
  throw new Error(
    `${path} is a link, but beside it is ${log}, the log of a database that was at this path itself, which may hold the last changes: move the database back to its log, or delete the log if it is not needed`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

type Client = ReturnType<PrismaLibSql["createClient"]>;

/** Prisma's adapter on the caller's connection, in the caller's transaction. */
class OneConnection extends PrismaLibSql {
  constructor(private readonly connection: Libsql.Database) {
    super({ url: "file:unused" });
  }

  override createClient(): Client {
    const { connection } = this;
    const client: Pick<Client, "executeMultiple" | "close"> & { execute: (query: Query) => Promise<object> } =
      {
        execute: async (query) => execute(connection, query),
        executeMultiple: async (sql) => {
          connection.exec(sql);
        },
        close: () => {},
      };
    return client as unknown as Client; // the schema engine begins no transaction
  }
}

interface Query {
  sql: string;
  args: unknown[];
}

/** @returns the parts of a libsql result that the adapter reads */
function execute(connection: Libsql.Database, { sql, args }: Query): object {
  const statement = connection.prepare(sql).safeIntegers(true);
  const values = args.map((value) => (typeof value === "boolean" ? Number(value) : value));
  if (!statement.reader)
    return { columns: [], columnTypes: [], rows: [], rowsAffected: statement.run(values).changes };
  const columns = statement.columns();
  return {
    columns: columns.map(({ name }) => name),
    columnTypes: columns.map(({ type }) => type ?? ""),
    rows: statement.raw(true).all(values),
    rowsAffected: 0,
  };
}
