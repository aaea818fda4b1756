/** The rows by their keys; of several rows with one key, the last. */
export function byKey<T>(rows: T[], key: (row: T) => string): Map<string, T> {
  return new Map(rows.map((row) => [key(row), row]));
}
