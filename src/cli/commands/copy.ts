import Table from "cli-table3";
import type { Command } from "commander";
import type { CopiedTable } from "../../database/copyDatabase.js";
import { readDatabaseUrl } from "../../database/databaseUrl.js";
import { readSettings } from "../../settings.js";
import { type Cli, openedDatabase, requireExisting } from "../cli.js";
import { number } from "../output/clusteringResult.js";
import { CommandError, InterruptedError } from "../process.js";

export function addCopyCommand(program: Command, cli: () => Cli): void {
  program
    .command("copy")
    .description(
      "copy all data to an empty database, SQLite or PostgreSQL, and compare the two; if it fails, nothing is copied. A clustering that is running in the source is queued in the copy",
    )
    .requiredOption("--from <path>", "the database to copy: the path of a SQLite file, or postgresql://…")
    .requiredOption("--to <path>", "the empty database to copy to; a file that does not exist is created")
    .option("--json", "print the tables with their number of rows and digests as JSON")
    .action(async ({ from, to, json }: { from: string; to: string; json?: boolean }) => {
      const { stdout, signal, progressBar } = cli();
      await makeReady(from, to);
      const { copyDatabase } = await import("../../database/copyDatabase.js");
      const bar = progressBar("Copying");
      let tables: CopiedTable[];
      try {
        tables = await copyDatabase(from, to, { signal, onProgress: (progress) => bar.update(progress) });
      } catch (error) {
        if (signal.aborted) throw new InterruptedError("Stopped. Nothing was copied.");
        const { name, message } = error as Error;
        throw new CommandError(
          name === "CopyRefusedError" ? message : `Nothing was copied: ${message.trim().split("\n").at(-1)}`,
        );
      } finally {
        bar.stop();
      }
      stdout.write(json ? `${JSON.stringify(tables, null, 2)}\n` : `${shown(tables)}\n`);
    });
}

/** Migrates both databases to the schema of this version. */
async function makeReady(from: string, to: string): Promise<void> {
  readDatabaseUrl(from, "--from");
  readDatabaseUrl(to, "--to");
  requireExisting(from);
  const { migrateDatabase } = await import("../../database/migrations/schemaVersion.js");
  const { databaseEvents } = await import("../../database/databaseEvents.js");
  const options = { allowNewer: readSettings().allowNewerDatabase, ...databaseEvents() };
  await openedDatabase(from, () => migrateDatabase(from, { ...options, readsOnly: true }));
  await openedDatabase(to, () => migrateDatabase(to, options));
}

function shown(tables: CopiedTable[]): string {
  const table = new Table({
    head: ["table", "rows", "digest (equal in both)"],
    colAligns: ["left", "right", "left"],
    style: { head: [], border: [] },
  });
  for (const { table: name, rows, digest } of tables) {
    table.push([name, number(rows), digest.slice(0, 32)]);
  }
  return String(table);
}
