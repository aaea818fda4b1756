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
  /** The default command, which follows the entry point. */
  readonly defaultCommand: string[];
  /** Its health check as a process, which ends with 0 if the server on `port` is healthy. */
  checkHealth(port: string): MedoidProcess;
  /** Starts its entry point, with the image's variables and the given ones, and none of this process's own. */
  start(environment: Record<string, string>, ...command: string[]): MedoidProcess;
  remove(): void;
}

/**
 * Carries out the Dockerfile without a container engine: builds from the files that the build can see, and puts what
 * the last stage copies into a folder outside any other package. Packages are not downloaded again: they are links to
 * the installed files, of those packages that npm would install.
 */
export function buildImage(): BuiltImage {
  const scratch = mkdtempSync(join(tmpdir(), "medoid-image-"));
  const stages = readDockerfile(join(root, "Dockerfile"));
  const final = stages.at(-1)!;
  // The build is the same for both databases, and takes time, so it is done only once, from the files that the build
  // can see.
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

/** Builds in a folder with the files that `COPY . .` copies. */
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
