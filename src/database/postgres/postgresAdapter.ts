import { PrismaPg } from "@prisma/adapter-pg";
import { DriverAdapterError, isDriverAdapterError, type SqlQueryable } from "@prisma/driver-adapter-utils";
import type pg from "pg";

type Adapter = Awaited<ReturnType<PrismaPg["connect"]>>;

/** Prisma's adapter on a pool that outlives it. It reports each statement. */
export class PostgresAdapter extends PrismaPg {
  constructor(
    pool: pg.Pool,
    private readonly onStatement: () => void = () => {},
  ) {
    super(pool);
  }

  override async connect(): Promise<Adapter> {
    const adapter = await super.connect();
    const startTransaction = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolationLevel) =>
      this.#counted(await startTransaction(isolationLevel).catch(withClearEnd));
    return this.#counted(adapter);
  }

  #counted<T extends SqlQueryable>(queryable: T): T {
    const queryRaw = queryable.queryRaw.bind(queryable);
    const executeRaw = queryable.executeRaw.bind(queryable);
    queryable.queryRaw = (query) => {
      this.onStatement();
      return queryRaw(query).catch(withClearEnd);
    };
    queryable.executeRaw = (query) => {
      this.onStatement();
      return executeRaw(query).catch(withClearEnd);
    };
    return queryable;
  }
}

/**
 * After a socket's timeout it is unknown whether a write took effect, unlike after the rejection for which
 * Prisma has the same name.
 */
function withClearEnd(error: unknown): never {
  const isTimeout = isDriverAdapterError(error) && error.cause.kind === "SocketTimeout";
  throw isTimeout ? new DriverAdapterError({ kind: "ConnectionClosed" }) : error;
}
