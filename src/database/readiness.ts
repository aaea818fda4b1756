import { storedTables } from "./copy/storedTables.js";
import type { Database } from "./database.js";
import { asUnavailable, DatabaseUnavailableError } from "./errors/databaseUnavailable.js";

/** Selects one row of a table that is never empty, and refers to every column of every table that queries read. */
const rowOfEveryTable = `
  SELECT "migration_name", ${storedTables
    .map(({ name, columns }) => {
      const all = columns.map(([column]) => `t."${column}"`).join(", ");
      return `EXISTS (SELECT ${all} FROM "${name}" t) AS "${name}"`;
    })
    .join(", ")}
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
