import type { Writable } from "node:stream";
import cliProgress from "cli-progress";
import type { App } from "../app.js";
import { withoutPassword } from "../database/databaseUrl.js";
import { DatabaseUnavailableError } from "../database/errors/databaseUnavailable.js";
import { DatabaseUrlError } from "../database/errors/databaseUrlError.js";
import { version } from "../runtime/version.js";
import { readSettings, SettingError, type Settings } from "../settings.js";
import { CommandError } from "./commandErrors.js";

export interface ProgressBar {
  /**
   * @param progress 0 to 1
   * @param doing what is being done now, in a word or two
   */
  update(progress: number, doing?: string): void;
  stop(): void;
}

export interface OpenOptions {
  /** Whether stderr is a log, of lines of JSON. */
  keepsLog?: boolean;
}

/** What every command works with. */
export interface Cli {
  /** As in DATABASE_URL. */
  readonly databaseUrl: string;
  /**
   * Opens the database; whoever opens it closes it.
   * @param given settings that an option sets, whatever the environment says
   */
  open(given?: Partial<Settings>, options?: OpenOptions): Promise<App>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether stderr is a terminal: only there a bar is drawn over itself. */
  readonly isTerminal: boolean;
  /** Aborts on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  progressBar(title: string): ProgressBar;
}

/** Without a terminal, progress is a line at each of so many steps. */
const linesWithoutTerminal = 4;

export function createCli(databaseUrl: string, signal: AbortSignal): Cli {
  const { stdout, stderr } = process;
  const isTerminal = stderr.isTTY === true;
  return {
    databaseUrl,
    async open(given = {}, { keepsLog = false } = {}) {
      // Loaded only now, so that --help and wrong arguments are answered at once.
      const { openApp } = await import("../app.js");
      const settings = { ...readSettings(), ...given };
      const logger = keepsLog
        ? (await import("../runtime/logger.js")).createLogger(settings.logLevel)
        : undefined;
      // The first line of the log, before anything can go wrong with the database.
      logger?.info({ version, node: process.versions.node }, "Medoid starts");
      return openedDatabase(databaseUrl, () => openApp({ databaseUrl, settings, logger }));
    },
    stdout,
    stderr,
    isTerminal,
    signal,
    progressBar: (title) => (isTerminal ? drawnBar(title) : printedBar(title, stderr)),
  };
}

/** @throws CommandError, which says in one line why the queue cannot be opened, on PostgreSQL a part of the database */
export function startQueue({ database, queue }: App, options?: { computes?: boolean }): Promise<void> {
  return openedDatabase(database.url, () => queue.start(options));
}

/** @throws CommandError, which says in one line why the database cannot be opened */
export async function openedDatabase<T>(databaseUrl: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw error instanceof DatabaseUrlError || error instanceof SettingError
      ? error
      : new CommandError(cannotOpen(databaseUrl, error));
  }
}

/** The database's own last line says what is wrong; what stands before it is Prisma's or libsql's. */
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
