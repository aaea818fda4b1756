/** What Prisma attaches to an error that its driver reported. */
interface DriverReport {
  driverAdapterError?: { cause?: { originalCode?: unknown; code?: unknown; kind?: unknown } };
}

/**
 * The codes by which a database's error is recognised: the error's own, and the one that the database reported
 * to Prisma, which has a code of its own for all SQLSTATEs that it does not know (P2039) and another one for
 * all errors of statements written by hand (P2010). Prisma's names for kinds of errors count as codes too, such
 * as "ConnectionClosed".
 */
export function codesOf(error: unknown): string[] {
  const { code, meta } = (error ?? {}) as { code?: unknown; meta?: DriverReport };
  const reported = meta?.driverAdapterError?.cause;
  return [code, reported?.originalCode, reported?.code, reported?.kind].filter(
    (each) => typeof each === "string",
  );
}
