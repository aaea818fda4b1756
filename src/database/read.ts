/** Runs a statement that reads, with positional parameters. Values have the types of Prisma's raw queries. */
export type Read = (sql: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;
