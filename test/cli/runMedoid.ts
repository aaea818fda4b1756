import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const entryPoint = fileURLToPath(new URL("../../dist/cli/medoid.js", import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type MedoidProcess = ChildProcess & {
  finished: Promise<Finished>;
  /** Everything that it has printed, on both streams. */
  output(): string;
};

/** Starts the command line in a process of its own. */
export function spawnMedoid(databaseUrl: string, ...args: string[]): MedoidProcess {
  return spawnMedoidWith({ DATABASE_URL: databaseUrl }, ...args);
}

/** @param environment in addition to this process's own */
export function spawnMedoidWith(environment: Record<string, string>, ...args: string[]): MedoidProcess {
  return spawnMedoidOf(entryPoint, environment, ...args);
}

/** @param entryPoint of a different build */
export function spawnMedoidOf(
  entryPoint: string,
  environment: Record<string, string>,
  ...args: string[]
): MedoidProcess {
  const env = { ...process.env, ...environment };
  return keepOutput(
    spawn(process.execPath, [entryPoint, ...args], { env, stdio: ["ignore", "pipe", "pipe"] }),
  );
}

/** Captures what the process prints. Call it at once: earlier output is not captured. */
export function keepOutput(child: ChildProcess): MedoidProcess {
  let stdout = "";
  let stderr = "";
  let output = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
    output += chunk;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return Object.assign(child, { finished, output: () => output });
}

export function runMedoid(databaseUrl: string, ...args: string[]): Promise<Finished> {
  return spawnMedoid(databaseUrl, ...args).finished;
}

/** Resolves with the first match in what the process has printed or prints later. */
export function printed(child: MedoidProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = pattern.exec(child.output());
      if (match) resolve(match);
    };
    look();
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.on("close", () => reject(new Error(`It ended without printing ${pattern}: ${child.output()}`)));
  });
}
