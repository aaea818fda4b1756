import type pg from "pg";
import { PrismaClient } from "../generated/postgres/client.js";
import type { PrismaClient as SqlitePrismaClient } from "../generated/sqlite/client.js";
import { transactionLimits } from "../transactionLimits.js";
import { PostgresAdapter } from "./postgresAdapter.js";

/**
 * Prisma's client of a PostgreSQL database, with the type of SQLite's client: both are generated from the
 * same models, and differ only in the names of their TypeScript types.
 * @param onStatement called for each statement
 */
export function postgresPrismaClient(pool: pg.Pool, onStatement: () => void): SqlitePrismaClient {
  return new PrismaClient({
    adapter: new PostgresAdapter(pool, onStatement),
    transactionOptions: transactionLimits,
  }) as unknown as SqlitePrismaClient;
}
