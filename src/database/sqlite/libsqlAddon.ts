import { createRequire } from "node:module";
import "libsql";

/**
 * The path of the native library of libsql that this process has loaded. A thread that loads the same path
 * gets the library that is already in memory, even if the file was removed or replaced meanwhile.
 */
export const libsqlAddon: string = loadedAddon();

function loadedAddon(): string {
  const { cache } = createRequire(import.meta.url);
  const addon = Object.keys(cache).find((file) => /[\\/]@libsql[\\/].*\.node$/.test(file));
  if (addon === undefined) throw new Error("libsql has loaded no native library");
  return addon;
}
