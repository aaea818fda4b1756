import { createRequire } from "node:module";
import "libsql";

/**
 * The path of libsql's native library, which this process has loaded. A thread that asks the system for the same path
 * is given the loaded library, though the file may be gone or another one by then.
 */
export const libsqlAddon: string = loadedAddon();

function loadedAddon(): string {
  const { cache } = createRequire(import.meta.url);
  const addon = Object.keys(cache).find((file) => /[\\/]@libsql[\\/].*\.node$/.test(file));
  if (addon === undefined) throw new Error("libsql has loaded no native library");
  return addon;
}
