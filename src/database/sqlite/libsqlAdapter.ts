import { PrismaLibSql } from "@prisma/adapter-libsql";
import { isBusy } from "../errors/retryWhenBusy.js";
import type { DatabaseFile } from "./databaseFile.js";
import { openInPlace } from "./openInPlace.js";

type Client = ReturnType<PrismaLibSql["createClient"]>;
type Transaction = Awaited<ReturnType<Client["transaction"]>>;

/**
 * Prisma's libsql adapter, made safe for a database that other connections write to as well.
 *
 * A statement that libsql rejects with SQLITE_BUSY stays open on its connection. The next transaction on that
 * connection can then not commit, is abandoned, and holds the write lock until the process ends
 * (libsql-client-ts issue 352, prisma issue 30028). Therefore a connection with a rejected statement is
 * replaced by a new one, and a transaction takes the write lock first, so that no statement in it can be
 * rejected. For the same reason, a transaction that cannot begin or commit is discarded together with its
 * connection.
 */
export class LibsqlAdapter extends PrismaLibSql {
  constructor(
    private readonly file: DatabaseFile,
    private readonly onStatement: () => void = () => {},
  ) {
    // libsql decodes the path of its URL, so that the path, which `readDatabaseUrl` has decoded, is encoded
    // again.
    const url = `file:${encodeURI(file.path).replace(/[?#]/g, encodeURIComponent)}`;
    super({ url, intMode: "bigint" });
  }

  override createClient(config: Parameters<PrismaLibSql["createClient"]>[0]): Client {
    const { file, onStatement } = this;
    const client = openInPlace(file, () => super.createClient(config));
    /** Whether the connection must be replaced before it is used again. */
    let isStale = false;
    /** Replaces the connection, by one that is opened once the file is in place. */
    async function replace(): Promise<void> {
      isStale = true;
      if (file.problem() === null) await requireUsable();
    }
    async function requireUsable(): Promise<void> {
      file.requireInPlace();
      if (!isStale) return;
      await client.reconnect();
      file.requireInPlace();
      isStale = false;
    }
    async function guarded<T>(call: Promise<T>): Promise<T> {
      try {
        return await call;
      } catch (error) {
        if (isBusy(error)) await replace();
        throw error;
      }
    }
    const guardedClient: Pick<Client, "execute" | "executeMultiple" | "transaction" | "close"> = {
      execute: async (statement) => {
        onStatement();
        // Also before reads: a discarded connection is reopened, which would create a file.
        await requireUsable();
        return guarded(client.execute(statement));
      },
      executeMultiple: (sql) => guarded(client.executeMultiple(sql)),
      transaction: async () => {
        await requireUsable();
        let transaction: Transaction;
        try {
          transaction = await client.transaction("write");
        } catch (error) {
          await replace();
          throw error;
        }
        const commit = transaction.commit.bind(transaction);
        transaction.commit = async () => {
          try {
            file.requireInPlace();
            await commit();
          } catch (error) {
            transaction.close();
            throw error;
          }
        };
        const execute = transaction.execute.bind(transaction);
        transaction.execute = (statement) => {
          onStatement();
          return execute(statement);
        };
        return transaction;
      },
      close: () => client.close(),
    };
    return guardedClient as Client; // the adapter uses no other methods
  }
}
