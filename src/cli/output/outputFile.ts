import { randomBytes } from "node:crypto";
import { createWriteStream, existsSync, type Stats } from "node:fs";
import { realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { getSystemErrorMap } from "node:util";
import { CommandError } from "../process.js";

export interface OutputFile {
  path: string;
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes files completely or not at all: each is written under a temporary name in its folder, and all get
 * their names, which may be those of existing files, once all are complete. Something other than a file, such
 * as a pipe, is written to directly.
 * @throws CommandError if a file cannot be written; what reading the content throws; the signal's reason once it
 *   aborts
 */
export async function writeFiles(files: OutputFile[], signal: AbortSignal): Promise<void> {
  const written: { temporary: string; target: string; path: string }[] = [];
  /** The path, as the user gave it, of the file that is being written. */
  let current = "";
  try {
    for (const { path, content } of files) {
      current = path;
      const existing = await found(path);
      if (existing?.isDirectory()) throw new CommandError(`${path} is a directory, not a file.`);
      if (existing && !existing.isFile()) {
        await write(path, "w", content);
        continue;
      }
      const target = existing ? await realpath(path) : path; // a link stays one
      const temporary = `${target}.${randomBytes(4).toString("hex")}.part`;
      written.push({ temporary, target, path });
      await write(temporary, "wx", content);
    }
    signal.throwIfAborted();
    for (const { temporary, target, path } of written) {
      current = path;
      await rename(temporary, target);
    }
  } catch (error) {
    for (const { temporary } of written) await rm(temporary, { force: true });
    throw isOfSystem(error) ? new CommandError(problemOf(current, error)) : error;
  }
}

async function found(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function write(path: string, flags: string, content: OutputFile["content"]): Promise<void> {
  return pipeline(content, createWriteStream(path, { flags }));
}

/** Whether the file system refused a call, by its path, or while it was written to. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall !== undefined && ["stat", "open", "write", "rename", "realpath"].includes(syscall);
}

/** Says why a file cannot be written, with the path that the user gave instead of that of the temporary file. */
function problemOf(path: string, { code, errno, message }: NodeJS.ErrnoException): string {
  if (path === "") return "The name of the file to write is empty.";
  const folder = /[/\\]$/.test(path) ? path : dirname(path);
  switch (code) {
    case "ENOENT": // of a folder that exists if its file system holds no new files, as /proc
      return existsSync(folder) ? `${path} cannot be written.` : `There is no folder ${folder}.`;
    case "ENOTDIR":
      return `${path} cannot be written: ${folder} is not a folder.`;
    case "EISDIR":
      return `${path} is a directory, not a file.`;
    case "EACCES":
    case "EPERM":
      return `${path} cannot be written: permission denied.`;
    default: {
      const reason = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
      return `${path} cannot be written: ${reason ?? message}.`;
    }
  }
}
