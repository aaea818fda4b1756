/** The result of a store's method: SQLite's stores return the value itself, PostgreSQL's a promise of it. */
export type Awaitable<T> = T | Promise<T>;
