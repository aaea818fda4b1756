/** A DATABASE_URL that Medoid cannot serve. */
export class DatabaseUrlError extends Error {
  override readonly name = "DatabaseUrlError";
}

export type DatabaseKind = "sqlite" | "postgresql";

/**
 * @param name of what the URL was given as
 * @throws DatabaseUrlError where the URL is neither `file:` and a path nor that of a PostgreSQL database
 */
export function databaseKindOf(url: string, name = "DATABASE_URL (or --database-url)"): DatabaseKind {
  if (/^file:./.test(url)) return "sqlite";
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new DatabaseUrlError(
      `${name} must start with "file:" and name a file, or with "postgresql://" and name a database, not ${JSON.stringify(url)}`,
    );
  }
  if (!URL.canParse(url)) {
    throw new DatabaseUrlError(
      `${name} is no valid URL: postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with what is special in a name or password written as %XX`,
    );
  }
  return "postgresql";
}

/** The URL as it may be shown and logged. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url.replace(/:\/\/.*@/, "://…@");
  const shown = new URL(url);
  if (shown.password === "" && !shown.searchParams.has("password")) return url;
  shown.password = "";
  shown.searchParams.delete("password");
  return shown.href;
}
