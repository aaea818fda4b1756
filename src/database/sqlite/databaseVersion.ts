import Libsql from "libsql";
import { sqlitePath } from "./connection.js";

/** What a finished clustering's answers stand on: they last for as long as it exists. */
export interface FinishedRow {
  type: "ClusteringResult" | "Cluster";
  /** Bare UUID. */
  uuid: string;
}

/** Tells cheaply whether something that was read may have changed. */
export interface DatabaseVersion {
  /**
   * Another number than before where anything was committed since, by whichever connection of whichever process;
   * null where that cannot be told now.
   */
  current(): number | null;
  /** Whether it exists, and belongs to a clustering that succeeded: neither can come back once it is gone. */
  exists(row: FinishedRow): boolean;
  close(): void;
}

/**
 * SQLite's data_version tells a connection what *others* have committed. So this one is of its own and writes nothing:
 * Prisma's connection, the database threads and other processes are all others to it. Each call takes some 20 µs.
 */
export function openDatabaseVersion(url: string): DatabaseVersion {
  const connection = new Libsql(sqlitePath(url));
  connection.exec("PRAGMA query_only = ON");
  const version = connection.prepare("PRAGMA data_version");
  const existing = {
    ClusteringResult: connection.prepare(
      `SELECT 1 FROM "ClusteringResult" WHERE "id" = ? AND "status" = 'SUCCEEDED'`,
    ),
    Cluster: connection.prepare(`
      SELECT 1 FROM "Cluster" c JOIN "ClusteringResult" r ON r."id" = c."clusteringResultId"
      WHERE c."id" = ? AND r."status" = 'SUCCEEDED'`),
  };
  return {
    current() {
      try {
        return (version.get() as { data_version: number }).data_version;
      } catch {
        return null; // busy: rare, while the log is recovered
      }
    },
    exists({ type, uuid }) {
      try {
        return existing[type].get(uuid) !== undefined;
      } catch {
        return false;
      }
    },
    close: () => connection.close(),
  };
}
