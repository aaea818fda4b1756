import type { Database } from "../../database/database.js";

/** The database's time, by which processes on different machines agree; of this machine until it was asked. */
export interface DatabaseClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Asks the database what time it is. */
  set(): Promise<void>;
}

/** For PostgreSQL. */
export function createDatabaseClock({ read }: Database): DatabaseClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    async set() {
      const asked = Date.now();
      const [{ now }] = (await read("SELECT clock_timestamp() AS now", [])) as [{ now: Date }];
      ahead = now.getTime() - (asked + Date.now()) / 2;
    },
  };
}
