/**
 * A DATABASE_URL that Medoid cannot use. The message never repeats a part of the URL that may contain a
 * password.
 */
export class DatabaseUrlError extends Error {
  override readonly name = "DatabaseUrlError";
}
