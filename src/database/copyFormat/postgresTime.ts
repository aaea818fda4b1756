/** PostgreSQL's timestamps count microseconds from this time, given in milliseconds since 1970. */
const epoch = BigInt(Date.UTC(2000, 0, 1));

/** A time as the microseconds that PostgreSQL's binary timestamptz holds. */
export function postgresTime(time: Date): bigint {
  return (BigInt(time.getTime()) - epoch) * 1000n;
}

/** @param microseconds a multiple of 1000, as all columns store whole milliseconds */
export function timeOfPostgres(microseconds: bigint): Date {
  return new Date(Number(microseconds / 1000n + epoch));
}
