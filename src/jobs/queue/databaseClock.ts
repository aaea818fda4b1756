import type { Database } from "../../database/database.js";

/**
 * The database's time, on which processes on different machines agree; this machine's time until `set` is
 * first called.
 */
export interface DatabaseClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Reads the database's time. */
  set(): Promise<void>;
}

/** The clock of a PostgreSQL database. */
export function createDatabaseClock({ read }: Database): DatabaseClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    async set() {
      const requested = Date.now();
      const [{ now }] = (await read("SELECT clock_timestamp() AS now", [])) as [{ now: Date }];
      ahead = now.getTime() - (requested + Date.now()) / 2;
    },
  };
}
