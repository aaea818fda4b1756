import type { Command } from "commander";
import { databaseKindOf, withoutPassword } from "../../database/databaseUrl.js";
import { readSettings } from "../../settings.js";
import { type Cli, openedDatabase } from "../cli.js";
import { CommandError } from "../process.js";

export function addMigrateCommand(program: Command, cli: () => Cli): void {
  program
    .command("migrate")
    .description(
      "migrate the database to the schema of this version, and print each migration that is applied; every other command also migrates the database when it opens it",
    )
    .option(
      "--check",
      "change and create nothing; print the missing migrations, and exit with 1 if there are any",
    )
    .action(async ({ check = false }: { check?: boolean }) => {
      await (check ? checkSchema : migrate)(cli());
    });
}

async function migrate({ databaseUrl, stdout }: Cli): Promise<void> {
  const { migrateDatabase } = await import("../../database/migrations/schemaVersion.js");
  const { allowNewerDatabase: allowNewer } = readSettings();
  let count = 0;
  let newer: string | undefined;
  await openedDatabase(databaseUrl, () =>
    migrateDatabase(databaseUrl, {
      allowNewer,
      onMigrated(migration) {
        count++;
        stdout.write(`Applied ${migration}.\n`);
      },
      onNewer(databaseMigration) {
        newer = databaseMigration;
      },
    }),
  );
  if (newer !== undefined)
    stdout.write(`The database is newer than this program: it has the migration ${newer}.\n`);
  else if (count === 0) stdout.write("The database is up to date.\n");
  if (databaseKindOf(databaseUrl) === "postgresql") {
    const { migrateJobQueue } = await import("../../jobs/queue/bullJobs.js");
    await openedDatabase(databaseUrl, () => migrateJobQueue(databaseUrl));
  }
}

/**
 * @throws CommandError unless the database has exactly the migrations of this program; the differences have
 *   been printed before
 */
async function checkSchema({ databaseUrl, stdout, command }: Cli): Promise<void> {
  const { readSchemaState, requireKnownSchemaOf } = await import(
    "../../database/migrations/schemaVersion.js"
  );
  const state = await openedDatabase(databaseUrl, () => readSchemaState(databaseUrl));
  const { pending, unknown } = state;
  for (const name of pending) stdout.write(`Missing: ${name}\n`);
  for (const name of unknown) stdout.write(`From a newer version: ${name}\n`);
  await openedDatabase(databaseUrl, async () => requireKnownSchemaOf(databaseUrl, state));
  if (pending.length > 0) {
    throw new CommandError(
      `The database ${withoutPassword(databaseUrl)} is missing ${pending.length} ${pending.length === 1 ? "migration" : "migrations"}. \`${command("migrate")}\` applies ${pending.length === 1 ? "it" : "them"}.`,
    );
  }
  stdout.write("The database is up to date.\n");
}
