// Runs a tool of this folder in the clone: node scripts/checks/run.js TOOL ARGUMENT…
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installTools } from "../installedTools.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const [tool, ...args] = process.argv.slice(2);
installTools(folder);
const { status, error } = spawnSync(`${folder}node_modules/.bin/${tool}`, args, {
  cwd: fileURLToPath(new URL("../..", import.meta.url)),
  stdio: "inherit",
});
if (error) throw error;
process.exit(status ?? 1);
