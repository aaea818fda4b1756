import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A separate small disk that a test can fill: a tmpfs. */
export interface SmallDisk {
  readonly folder: string;
  /** @param pages the number of pages of 4 KiB that are left free. Default: 0. */
  fill(pages?: number): void;
  makeRoom(): void;
  unmount(): void;
}

/** @returns null if this user, or this machine, may not mount one */
export function mountSmallDisk(megabytes: number): SmallDisk | null {
  const folder = mkdtempSync(join(tmpdir(), "medoid-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    fill(pages = 0) {
      const file = openSync(ballast, "a");
      try {
        for (const bytes of [2 ** 20, 4096]) {
          const zeros = new Uint8Array(bytes);
          // Other processes may free and use space at the same time.
          while (statfsSync(folder).bavail >= pages + bytes / 4096) {
            try {
              writeSync(file, zeros);
            } catch (error) {
              if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
              break;
            }
          }
        }
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(ballast),
    unmount() {
      execFileSync("umount", ["--lazy", folder]); // open files continue to occupy their space
      rmSync(folder, { recursive: true });
    },
  };
}
