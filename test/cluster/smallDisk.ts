import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of its own that can be filled: a tmpfs. */
export interface SmallDisk {
  readonly folder: string;
  /** @param pages number of pages of 4 KiB to leave free; none by default */
  fill(pages?: number): void;
  makeRoom(): void;
  unmount(): void;
}

/** @returns null where this user, or this machine, may not mount one */
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
          // Other processes may free and take room meanwhile.
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
      execFileSync("umount", ["--lazy", folder]); // files that are open keep it for themselves
      rmSync(folder, { recursive: true });
    },
  };
}
