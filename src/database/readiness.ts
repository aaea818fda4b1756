import { storedTables } from "./copy/storedTables.js";
import type { Database } from "./database.js";
import { asUnavailable, DatabaseUnavailableError } from "./errors/databaseUnavailable.js";

/** Selects one row of a table that is never empty, and refers to every table that queries read. */
const rowOfEveryTable = `
  SELECT "migration_name", ${storedTables.map(({ name }) => `EXISTS (SELECT 1 FROM "${name}") AS "${name}"`).join(", ")}
  FROM "_prisma_migrations" LIMIT 1`;

const unreadable = "The database's tables cannot be read.";

/**
 * The reason for which requests cannot be served from the database, as a sentence; null if they can. A row is
 * read in both of the ways that queries use: by SQL written by hand, and through Prisma.
 */
export async function databaseProblem(database: Database): Promise<string | null> {
  const problem = await database.problem();
  if (problem) return problem;
  try {
    const rows = await database.read(rowOfEveryTable, []);
    await database.prisma.embeddingModel.findFirst({ select: { id: true } });
    return rows.length === 1 ? null : unreadable;
  } catch (error) {
    // The errors themselves are logged only: this text is sent to every client.
    const unavailable = asUnavailable(error);
    return unavailable instanceof DatabaseUnavailableError ? unavailable.message : unreadable;
  }
}
