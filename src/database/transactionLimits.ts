/**
 * Milliseconds that a transaction of Prisma may wait to begin, and may last. Prisma's defaults, 2 s and 5 s,
 * would end slow transactions on a busy machine; the limits of each statement and of each request apply as
 * well.
 */
export const transactionLimits = { maxWait: 30_000, timeout: 60_000 };
