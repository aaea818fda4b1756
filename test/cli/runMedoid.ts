import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const entryPoint = fileURLToPath(new URL("../../dist/cli/medoid.js", import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type MedoidProcess = ChildProcess & { finished: Promise<Finished> };

/** Starts the command line as a process of its own. */
export function spawnMedoid(databaseUrl: string, ...args: string[]): MedoidProcess {
  return spawnMedoidWith({ DATABASE_URL: databaseUrl }, ...args);
}

/** @param environment beside this process's own */
export function spawnMedoidWith(environment: Record<string, string>, ...args: string[]): MedoidProcess {
  const child = spawn(process.execPath, [entryPoint, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  return Object.assign(child, { finished });
}

export function runMedoid(databaseUrl: string, ...args: string[]): Promise<Finished> {
  return spawnMedoid(databaseUrl, ...args).finished;
}

/** Resolves with what the process has printed once that matches. */
export function printed(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = "";
    const look = (chunk: Buffer) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match) resolve(match);
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.on("close", () => reject(new Error(`It ended without printing ${pattern}: ${text}`)));
  });
}
