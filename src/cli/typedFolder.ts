import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { isScriptOfPackage, packageFolder } from "./output/printedCommand.js";

/**
 * Changes into the folder in which the command was typed, from which all relative paths are meant. npm runs a package's
 * scripts in the package's folder, and says in INIT_CWD from which one it was started. The variable counts only there:
 * programs that a script starts inherit it.
 */
export function enterTypedFolder(environment = process.env): void {
  const { INIT_CWD: typedIn } = environment;
  if (!typedIn || !isScriptOfPackage(environment) || process.cwd() !== packageFolder) return;
  if (statSync(typedIn, { throwIfNoEntry: false })?.isDirectory()) process.chdir(typedIn);
}

const fileName = "medoid.db";

/**
 * The database that is used if none is named: a file in the working directory or, if npm runs a script of this package,
 * in the package's folder, wherever the command was typed.
 *
 * @returns in the form of DATABASE_URL, relative to the working directory
 */
export function defaultDatabaseUrl(environment = process.env): string {
  if (!isScriptOfPackage(environment)) return `file:./${fileName}`;
  const path = relative(process.cwd(), join(packageFolder, fileName));
  return `file:${/^\.?[./]/.test(path) ? "" : "./"}${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}
