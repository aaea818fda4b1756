import type pg from "pg";
import { PrismaClient } from "../generated/postgres/client.js";
import type { PrismaClient as SqlitePrismaClient } from "../generated/sqlite/client.js";
import { PostgresAdapter } from "./postgresAdapter.js";

/**
 * Prisma's client of a PostgreSQL database, as SQLite's: the two are generated from the same models, and differ in what
 * TypeScript calls their types alone.
 * @param onStatement is told of each statement
 */
export function postgresPrismaClient(pool: pg.Pool, onStatement: () => void): SqlitePrismaClient {
  return new PrismaClient({
    adapter: new PostgresAdapter(pool, onStatement),
  }) as unknown as SqlitePrismaClient;
}
