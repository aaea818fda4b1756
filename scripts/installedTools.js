// Tools that only some work needs are installed in folders of their own, when they are first needed.
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

/**
 * Installs what a folder's package-lock.json lists, unless this has been done since the file was changed.
 * @param {string} folder which holds package.json and package-lock.json
 */
export function installTools(folder) {
  const installed = `${folder}/node_modules/.package-lock.json`;
  const changed = statSync(`${folder}/package-lock.json`).mtimeMs;
  if (existsSync(installed) && statSync(installed).mtimeMs >= changed) return;
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: ["ignore", 2, 2] });
}
