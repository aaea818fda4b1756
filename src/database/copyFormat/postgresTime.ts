/** PostgreSQL counts the microseconds from here. */
const epoch = BigInt(Date.UTC(2000, 0, 1));

/** A time as the bytes of a timestamptz give it. */
export function postgresTime(time: Date): bigint {
  return (BigInt(time.getTime()) - epoch) * 1000n;
}

/** @param microseconds whole milliseconds, as all columns have */
export function timeOfPostgres(microseconds: bigint): Date {
  return new Date(Number(microseconds / 1000n + epoch));
}
