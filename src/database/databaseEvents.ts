import type { Logger } from "pino";
import type { DatabaseOptions } from "./database.js";

/**
 * Reports events of a database while it is opened and used: one log line per event or, in a process without a
 * log, one line on stderr for each event that its user did not request.
 */
export function databaseEvents(
  logger?: Logger,
): Pick<DatabaseOptions, "onMigrated" | "onNewer" | "onFileChange"> {
  return {
    onMigrated(migration, isNew) {
      if (logger) logger.info({ migration }, "migration applied");
      else if (!isNew) console.error(`Applied the migration ${migration} to the database.`);
    },
    onNewer(databaseMigration, programMigration) {
      const message = "The database is newer than this program, and is opened without changes";
      if (logger) logger.warn({ databaseMigration, programMigration }, message);
      else console.error(`${message}: its newest migration is ${databaseMigration}.`);
    },
    onFileChange(reason) {
      const back = "The database's file is back at its path";
      if (!logger) console.error(reason ?? `${back}.`);
      else if (reason) logger.error({ reason }, "The database's file cannot be used any more");
      else logger.warn(back);
    },
  };
}
