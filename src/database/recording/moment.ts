/** The years that every database, RFC 3339 and JavaScript write with the same four digits. */
const earliest = Date.parse("0001-01-01T00:00:00.000Z");
const latest = Date.parse("9999-12-31T23:59:59.999Z");

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-](\d{2}):(\d{2}))?$/;

/** The requirement on a moment, as the message of an error. */
export const noMoment =
  'must be a date and time that exists, with its offset, in the years 0001 to 9999: "2026-01-31T12:00:00Z".';

export interface MomentOptions {
  /** Whether a text without an offset is read as UTC. Default: it is refused. */
  assumeUtc?: boolean;
}

/**
 * Parses a moment in the format of RFC 3339, to the millisecond; further digits are cut off. A leap second,
 * which can only be at the end of a month in UTC, is read as the second before it.
 * @returns null if the text is not a moment, or is one that does not exist or that databases cannot store
 */
export function readMoment(text: string, { assumeUtc = false }: MomentOptions = {}): Date | null {
  const parts = pattern.exec(text);
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  const [, , , , , , , fraction = "", offset, offsetHour = "0", offsetMinute = "0"] = parts;
  if (offset === undefined && !assumeUtc) return null;
  if (hour > 23 || minute > 59 || second > 60 || Number(offsetHour) > 23 || Number(offsetMinute) > 59)
    return null;

  const isLeapSecond = second === 60;
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day); // unlike Date.UTC, it does not add 1900 to the years 0 to 99
  if (moment.getUTCMonth() !== month - 1 || moment.getUTCDate() !== day) return null;
  moment.setUTCHours(hour, minute, isLeapSecond ? 59 : second, Number(fraction.slice(0, 3).padEnd(3, "0")));
  const minutesAhead = (offset?.startsWith("-") ? -1 : 1) * (60 * Number(offsetHour) + Number(offsetMinute));
  moment.setTime(moment.getTime() - minutesAhead * 60_000);
  if (isLeapSecond && !isLastSecondOfMonth(moment)) return null;
  return isStorableMoment(moment) ? moment : null;
}

/** Whether every database can store the moment. */
export function isStorableMoment(moment: Date): boolean {
  return moment.getTime() >= earliest && moment.getTime() <= latest; // false for an invalid date, which is NaN
}

function isLastSecondOfMonth(moment: Date): boolean {
  const next = new Date(moment.getTime() + 1000);
  return (
    next.getUTCDate() === 1 &&
    next.getUTCHours() === 0 &&
    next.getUTCMinutes() === 0 &&
    next.getUTCSeconds() === 0
  );
}
