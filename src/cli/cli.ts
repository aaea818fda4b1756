import { statSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import cliProgress from "cli-progress";
import type { App } from "../app.js";
import { readDatabaseUrl, withoutPassword } from "../database/databaseUrl.js";
import { DatabaseUnavailableError } from "../database/errors/databaseUnavailable.js";
import { DatabaseUrlError } from "../database/errors/databaseUrlError.js";
import type { ServerAddress } from "../remote/serverAddress.js";
import { shellWord } from "../runtime/shellWord.js";
import { readSettings, SettingError, type Settings } from "../settings.js";
import { startedAs } from "./output/printedCommand.js";
import { CommandError } from "./process.js";

export interface ProgressBar {
  /**
   * @param progress 0 to 1
   * @param doing the current step, in one or two words
   */
  update(progress: number, doing?: string): void;
  stop(): void;
}

interface OpenOptions {
  /** Whether stderr is a log of JSON lines. */
  keepsLog?: boolean;
  /** Whether a SQLite file that does not exist is created: only where something is recorded or served. */
  creates?: boolean;
}

/** What every command needs: the database, the output, and the signal that stops the command. */
export interface Cli {
  /** In the form of DATABASE_URL. */
  readonly databaseUrl: string;
  /** The server of which the command is a client, instead of opening the database. */
  readonly server?: ServerAddress;
  /**
   * Opens the database; the caller must close the returned App.
   *
   * @param given settings given as command-line options, which override the environment
   * @throws CommandError with the reason in one line
   */
  open(given?: Partial<Settings>, options?: OpenOptions): Promise<App>;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether stderr is a terminal, where a progress bar is redrawn in place. */
  readonly isTerminal: boolean;
  /** Aborts on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  progressBar(title: string): ProgressBar;
  /**
   * A command of Medoid as a shell runs it, on the same database and in the way in which this process was started:
   * "npm run -s medoid -- show --database-url ./a.db".
   */
  command(...words: string[]): string;
}

/** What a command works on. */
export interface GivenDatabase {
  /** In the form of DATABASE_URL. */
  databaseUrl: string;
  /** Whether it was given by an option, which must then be repeated. */
  isOption: boolean;
  server?: ServerAddress;
}

/** Number of progress lines that are printed if stderr is not a terminal. */
const linesWithoutTerminal = 4;

export function createCli({ databaseUrl, isOption, server }: GivenDatabase, signal: AbortSignal): Cli {
  const { stdout, stderr } = process;
  const isTerminal = stderr.isTTY === true;
  const command = (...words: string[]) => {
    const ofDatabase = isOption ? ["--database-url", withoutPassword(databaseUrl)] : [];
    const option = server ? ["--server", server.url] : ofDatabase;
    return [startedAs(), ...[...words, ...option].map(shellWord)].join(" ");
  };
  return {
    databaseUrl,
    server,
    async open(given = {}, { keepsLog = false, creates = false } = {}) {
      if (!creates) requireExisting(databaseUrl, { command });
      // Loaded only here, so that --help and errors in the arguments are printed without delay.
      const { openApp } = await import("../app.js");
      const settings = { ...readSettings(), ...given };
      // Written before opening the database can fail.
      const logger = keepsLog
        ? (await import("../runtime/logger.js")).beginLog(settings.logLevel)
        : undefined;
      return openedDatabase(databaseUrl, () => openApp({ databaseUrl, settings, logger }));
    },
    get stdin() {
      return process.stdin; // opened only where it is read
    },
    stdout,
    stderr,
    isTerminal,
    signal,
    progressBar: (title) => (isTerminal ? drawnBar(title) : printedBar(title, stderr)),
    command,
  };
}

/**
 * @param cli if given, the message has the commands that create a database
 * @throws CommandError if the database is a SQLite file that does not exist
 */
export function requireExisting(databaseUrl: string, cli?: Pick<Cli, "command">): void {
  if (!isMissing(databaseUrl)) return;
  const next = cli ? ` ${loadHint(cli)}` : "";
  throw new CommandError(`There is no database at ${withoutPassword(databaseUrl)}.${next}`);
}

/** Whether the database is a SQLite file that does not exist. */
export function isMissing(databaseUrl: string): boolean {
  const database = readDatabaseUrl(databaseUrl);
  return database.kind === "sqlite" && !statSync(database.path, { throwIfNoEntry: false });
}

/** How to record the first data. */
export function loadHint({ command }: Pick<Cli, "command">): string {
  return `Load the sample with \`${command("sample")}\`, or your own data with \`${command("import", "FILE")}\`.`;
}

/**
 * @throws CommandError with the reason in one line, if the queue cannot be opened; on PostgreSQL it is stored
 *   in the database
 */
export function startQueue({ database, queue }: App, options?: { computes?: boolean }): Promise<void> {
  return openedDatabase(database.url, () => queue.start(options));
}

/**
 * To be called when a process that computes clusterings has stopped.
 *
 * @throws CommandError if it could not store what it still had to, because the database's file is no longer in place
 */
export async function requireFileAtStop({ database }: App): Promise<void> {
  const reason = database.kind === "sqlite" ? await database.problem() : null;
  if (reason === null) return;
  throw new CommandError(
    `Stopped while the database could not be used: ${reason} Nothing was stored since. A clustering that ran here is computed again by the next process that computes clusterings on the database.`,
  );
}

/** @throws CommandError with the reason in one line, if the database cannot be opened */
export async function openedDatabase<T>(databaseUrl: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw error instanceof DatabaseUrlError || error instanceof SettingError
      ? error
      : new CommandError(cannotOpen(databaseUrl, error));
  }
}

/** The last line is the database's own message; Prisma and libsql add the lines before it. */
function cannotOpen(databaseUrl: string, error: unknown): string {
  const reason =
    error instanceof DatabaseUnavailableError && error.cause
      ? `${error.message} (${lastLine(error.cause)})`
      : lastLine(error);
  return `The database ${withoutPassword(databaseUrl)} cannot be opened: ${reason}`;
}

function lastLine(error: unknown): string | undefined {
  return (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1)?.trim();
}

function drawnBar(title: string): ProgressBar {
  const bar = new cliProgress.SingleBar({
    format: `${title} {bar} {percentage} % {doing}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 32,
    hideCursor: true,
    clearOnComplete: false,
    stream: process.stderr,
  });
  bar.start(100, 0, { doing: "" });
  return {
    update: (progress, doing = "") => bar.update(Math.floor(progress * 100), { doing }),
    stop: () => bar.stop(),
  };
}

function printedBar(title: string, stream: Writable): ProgressBar {
  let printed = 0;
  return {
    update(progress, doing = "") {
      const step = Math.floor(progress * linesWithoutTerminal);
      if (step <= printed) return;
      printed = step;
      stream.write(`${title} ${Math.round((100 * step) / linesWithoutTerminal)} % ${doing}\n`);
    },
    stop() {},
  };
}
