import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { keepOutput, type MedoidProcess } from "../cli/runMedoid.js";
import { linkPackages } from "../linkPackages.js";
import { testedKind } from "../testDatabase.js";
import {
  commandOf,
  copiesOf,
  environmentOf,
  readDockerfile,
  readDockerignore,
  textOf,
} from "./dockerfile.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A folder that holds what the image would, and nothing else. */
export interface BuiltImage {
  /** What it starts unless it is told otherwise, after its entry point. */
  readonly defaultCommand: string[];
  /** Its health check as a process, which ends with 0 where what listens on `port` is healthy. */
  checkHealth(port: string): MedoidProcess;
  /** Starts its entry point, with the image's variables and these, and none of this process's own. */
  start(environment: Record<string, string>, ...command: string[]): MedoidProcess;
  remove(): void;
}

/**
 * Does what the Dockerfile says, where there is no container engine: builds from what the build may see, and puts what
 * the last stage copies into a folder that has no other above it. Packages are not downloaded anew: they are links to
 * the installed files, of those packages that npm would install.
 */
export function buildImage(): BuiltImage {
  const scratch = mkdtempSync(join(tmpdir(), "medoid-image-"));
  const stages = readDockerfile(join(root, "Dockerfile"));
  const final = stages.at(-1)!;
  // What is built is the same for both databases: once it is built from what the build sees, and that takes its time.
  const built = testedKind === "sqlite" ? buildFromContext(join(scratch, "build")) : root;
  const image = join(scratch, "image");
  mkdirSync(image);
  for (const { from, sources, target } of copiesOf(final)) {
    for (const source of sources) {
      const to = join(image, target.endsWith("/") ? join(target, basename(source)) : target);
      if (from === undefined) cpSync(join(root, source), to, { recursive: true });
      else if (posix.basename(source) === "node_modules") linkPackages(to);
      else cpSync(join(built, posix.relative("/medoid", source)), to, { recursive: true });
    }
  }
  const run = (environment: Record<string, string>, [program, ...args]: string[]) => {
    if (program !== "node") throw new Error(`The image runs ${program}, not Node`);
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, ...environmentOf(final), ...environment };
    return keepOutput(spawn(process.execPath, args, { cwd: image, env, stdio: ["ignore", "pipe", "pipe"] }));
  };
  return {
    defaultCommand: commandOf(textOf(final, "CMD")),
    checkHealth: (port) =>
      run({}, commandOf(textOf(final, "HEALTHCHECK").replace(`:${textOf(final, "EXPOSE")}/`, `:${port}/`))),
    start: (environment, ...command) =>
      run(environment, [...commandOf(textOf(final, "ENTRYPOINT")), ...command]),
    remove: () => rmSync(scratch, { recursive: true }),
  };
}

/** Builds in a folder that holds what `COPY . .` copies. */
function buildFromContext(folder: string): string {
  const isIgnored = readDockerignore(join(root, ".dockerignore"));
  cpSync(root, folder, {
    recursive: true,
    filter: (source) => relative(root, source) === "" || !isIgnored(relative(root, source)),
  });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  execFileSync(process.execPath, ["scripts/build.js"], { cwd: folder, stdio: "pipe" });
  return folder;
}
