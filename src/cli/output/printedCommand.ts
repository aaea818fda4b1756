import { existsSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { shellWord } from "../../runtime/shellWord.js";

/** How this process was started. */
export interface Start {
  /** The program's file, as Node was given it: process.argv[1]. */
  script: string;
  environment: NodeJS.ProcessEnv;
  workingDirectory: string;
}

export const packageFolder = resolve(fileURLToPath(new URL("../../..", import.meta.url)));

/** Whether npm runs a script of this package, for which it has changed into the package's folder. */
export function isScriptOfPackage({
  npm_lifecycle_event: npmScript,
  npm_package_json: npmPackage,
}: NodeJS.ProcessEnv): boolean {
  return /^(medoid|demo)$/.test(npmScript ?? "") && npmPackage === join(packageFolder, "package.json");
}

/**
 * The words with which a shell starts another command in the way in which this process was started: "medoid" if it is
 * installed, or "npm run -s medoid --" in a clone.
 */
export function startedAs({ script, environment, workingDirectory }: Start = thisProcess()): string {
  const { npm_lifecycle_event: npmScript, INIT_CWD: startedIn } = environment;
  if (isScriptOfPackage(environment)) {
    const isInside = startedIn === undefined || !relative(packageFolder, startedIn).startsWith("..");
    return isInside ? "npm run -s medoid --" : `npm run -s --prefix ${shellWord(packageFolder)} medoid --`;
  }
  const path = shorterPath(workingDirectory, script);
  const isInstalled = basename(script) === "medoid";
  if (isInstalled && npmScript === "npx") return "npx medoid";
  if (!isInstalled) return `node ${shellWord(path)}`;
  const isOnPath = (environment.PATH ?? "").split(delimiter).includes(dirname(script));
  return isOnPath ? "medoid" : shellWord(isAbsolute(path) ? path : `./${path}`);
}

function thisProcess(): Start {
  return { script: process.argv[1], environment: process.env, workingDirectory: process.cwd() };
}

/** The path from a folder, unless it leads out of it. */
function shorterPath(folder: string, path: string): string {
  const fromFolder = relative(folder, path);
  return fromFolder.startsWith("..") || !existsSync(join(folder, fromFolder)) ? path : fromFolder;
}
