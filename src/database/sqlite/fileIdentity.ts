import { type BigIntStats, statSync } from "node:fs";

/** Which file it is, whatever it is called: device and inode. */
export const fileIdentity = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** What is at a path, with numbers that lose nothing; undefined where there is nothing. */
export const statsAt = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });

/** Null where there is no file. */
export function identityAt(path: string): string | null {
  const stats = statsAt(path);
  return stats ? fileIdentity(stats) : null;
}
