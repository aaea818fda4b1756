/**
 * How long a transaction of Prisma's may wait to begin, and may last. Milliseconds. On a busy machine its own limits, 2 s
 * and 5 s, would end what is slow: the limit of each statement, and that of each request, holds as well.
 */
export const transactionLimits = { maxWait: 30_000, timeout: 60_000 };
