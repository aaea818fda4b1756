import { type BigIntStats, statSync } from "node:fs";

/** Identifies a file independently of its path: device and inode. */
export const fileIdentity = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** The status of the file at a path, with bigint numbers, which are exact; undefined if there is no file. */
export const statsAt = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });

/** The identity of the file at a path; null if there is no file. */
export function identityAt(path: string): string | null {
  const stats = statsAt(path);
  return stats ? fileIdentity(stats) : null;
}
