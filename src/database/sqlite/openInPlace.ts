import type { DatabaseFile } from "./databaseFile.js";

/**
 * Opens a connection to a database's file. SQLite derives the names of the files beside it from where the path leads at
 * that moment: a connection that was opened while a link stood at the path would later use another write-ahead log than
 * all others. So the file must be in place before, because opening would create one, and after, before anything is read.
 *
 * @throws DatabaseUnavailableError if the file is not in place
 */
export function openInPlace<Connection extends { close(): unknown }>(
  file: DatabaseFile,
  open: (path: string) => Connection,
): Connection {
  file.requireInPlace();
  const connection = open(file.path);
  try {
    file.requireInPlace();
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}
