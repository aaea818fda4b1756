import { type BigIntStats, lstatSync, realpathSync, statSync } from "node:fs";

/** Identifies a file independently of its path: device and inode. */
export const fileIdentity = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** The status of the file at a path, with bigint numbers, which are exact; undefined if there is no file. */
const statsAt = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });

/** The identity of the file at a path; null if there is no file. */
export function identityAt(path: string): string | null {
  const stats = statsAt(path);
  return stats ? fileIdentity(stats) : null;
}

/** The same as `statsAt`, but of the symbolic link itself if there is one at the path. */
export const linkStatsAt = (path: string): BigIntStats | undefined =>
  lstatSync(path, { bigint: true, throwIfNoEntry: false });

/**
 * The path without symbolic links, by which SQLite names the files beside the database's; null if it leads to no
 * file.
 */
export function realPathOf(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
