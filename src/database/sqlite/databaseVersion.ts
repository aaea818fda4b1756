import Libsql from "libsql";
import type { DatabaseVersion } from "../database.js";
import type { DatabaseFile } from "./databaseFile.js";
import { openInPlace } from "./openInPlace.js";

/**
 * The version is SQLite's data_version, which changes for a connection when *other* connections commit. This
 * connection therefore writes nothing: Prisma's connection, the database threads and other processes are all
 * others to it. A call takes about 10 µs.
 */
export function openDatabaseVersion(file: DatabaseFile): DatabaseVersion {
  const connection = openInPlace(file, (path) => new Libsql(path));
  connection.exec("PRAGMA query_only = ON");
  const version = connection.prepare("PRAGMA data_version").raw(); // a row as an object would take a third longer
  const revisionOf = (from: string, id: string) =>
    connection
      .prepare(`
        SELECT coalesce(a."revision", 0) FROM ${from}
        LEFT JOIN "ClusteringResultAnnotation" a ON a."id" = r."id"
        WHERE ${id} = ? AND r."status" = 'SUCCEEDED'`)
      .raw();
  const revisions = {
    ClusteringResult: revisionOf(`"ClusteringResult" r`, `r."id"`),
    Cluster: revisionOf(`"Cluster" c JOIN "ClusteringResult" r ON r."id" = c."clusteringResultId"`, `c."id"`),
  };
  return {
    async current() {
      try {
        file.requireInPlaceToRead();
        return String((version.get() as [number])[0]);
      } catch {
        return null; // either busy, which is rare and means that the log is being recovered, or the file is not in place
      }
    },
    async annotationsOf(rows) {
      try {
        const found = rows.map(({ type, uuid }) => revisions[type].get(uuid) as [number] | undefined);
        return found.includes(undefined) ? null : found.join(" ");
      } catch {
        return null;
      }
    },
    async close() {
      connection.close();
    },
  };
}
