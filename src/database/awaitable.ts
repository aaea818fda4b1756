/** What a store of SQLite gives at once, and one of PostgreSQL later. */
export type Awaitable<T> = T | Promise<T>;
