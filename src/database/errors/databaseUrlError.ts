/** A DATABASE_URL that Medoid cannot use. The message never repeats what may hold a password. */
export class DatabaseUrlError extends Error {
  override readonly name = "DatabaseUrlError";
}
