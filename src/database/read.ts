/** Runs a statement that reads, with its parameters by position. Values come as Prisma's raw queries give them. */
export type Read = (sql: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;
