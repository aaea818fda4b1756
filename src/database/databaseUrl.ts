/** A DATABASE_URL that Medoid cannot serve. */
export class DatabaseUrlError extends Error {
  override readonly name = "DatabaseUrlError";
}

/** @throws DatabaseUrlError where the URL is not `file:` and a path */
export function requireDatabaseUrl(url: string): void {
  if (!/^file:./.test(url)) {
    throw new DatabaseUrlError(
      `DATABASE_URL (or --database-url) must start with "file:" and name a file, not ${JSON.stringify(url)}`,
    );
  }
}
