import type { Writable } from "node:stream";
import Table from "cli-table3";
import type { Command } from "commander";
import type { App } from "../../app.js";
import { mostSubjectsListed, type SubjectTable } from "../../database/bulkStore.js";
import type { ImportCounts } from "../../import/importReport.js";
import type { RunsDeleted } from "../../import/undo/deleteRuns.js";
import { findImports, latestImports, type RecordedImport } from "../../import/undo/importedFiles.js";
import { formatGlobalId, parseGlobalId, parseIdOf } from "../../resolvers/globalId.js";
import { inProcessApi } from "../api/inProcessApi.js";
import { findRun } from "../api/recordedIds.js";
import type { Cli } from "../cli.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { minute, number } from "../output/clusteringResult.js";
import { printable } from "../output/printable.js";
import { ArgumentError, CommandError, InterruptedError } from "../process.js";

interface DeleteRunsOptions {
  importedFrom?: string;
  ids?: string[];
  dryRun?: boolean;
  json?: boolean;
}

/** Limit of the imports and ids that a message lists. */
const mostListed = 20;

export function addDeleteRunsCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("delete-runs")
    .description("undo an import: delete the runs that it recorded, with their invocations and embeddings")
    .option(
      "--imported-from <FILE>",
      "the file that was imported, which need not exist any more; - for standard input; or the id of an import",
    )
    .option(
      "--ids <ID...>",
      "the ids of the runs to delete, instead of an import, or external ids of their invocations",
    )
    .option("--dry-run", "only say what would be deleted")
    .option("--json", "print the report as JSON")
    .action((options: DeleteRunsOptions) => runDeletion(cli(), options));
  addNotes(
    command,
    "Nothing is deleted if a clustering or a map uses one of the runs: delete that first. Runs stay that another file or the API recorded too, with the embeddings that were added to them. The command can be stopped, and run again to continue. A file is found by its path or, if it was moved, by its name.",
  );
  addExamples(
    command,
    "medoid delete-runs --imported-from texts.parquet --dry-run",
    "medoid delete-runs --imported-from texts.parquet",
    "medoid delete-runs --ids Run:0198c1b2-0000-7000-8001-000000000000 row-17",
  );
}

async function runDeletion(cli: Cli, options: DeleteRunsOptions): Promise<void> {
  const { importedFrom, ids, dryRun = false, json = false } = options;
  if (importedFrom !== undefined && ids !== undefined) {
    throw new ArgumentError("Give either --imported-from or --ids, not both.");
  }
  if (importedFrom === undefined && ids === undefined) {
    throw new ArgumentError("Say which runs to delete: add --imported-from FILE, or --ids ID….");
  }
  const { open, stdout, signal, progressBar } = cli;
  const app = await open();
  const bar = progressBar(dryRun ? "Counting" : "Deleting");
  let deletedSoFar = 0;
  try {
    const runIds = ids === undefined ? null : await runIdsOf(app, ids);
    const file = runIds === null ? await findImport(app, importedFrom!) : null;
    const total = file
      ? await app.database.prisma.run.count({ where: { importedFileId: file.id } })
      : runIds!.length;
    const chosen = file ? { importedFileId: file.id } : { runIds: runIds! };
    const { deleteRuns } = await import("../../import/undo/deleteRuns.js");
    const outcome = await deleteRuns(app.database, chosen, total, {
      signal,
      isDryRun: dryRun,
      onProgress: (progress) => bar.update(progress),
      onDeleted: ({ runs }) => {
        deletedSoFar = runs;
      },
    });
    bar.stop();
    const reported = dryRun ? outcome.runs : outcome.deleted;
    if (json) printJson(outcome, reported, file, stdout);
    if (outcome.usedBy.size > 0) throw await usedError(app, outcome, cli);
    if (!json) printReport(outcome, reported, { file, dryRun }, stdout);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new InterruptedError(
      deletedSoFar === 0
        ? "Stopped. Nothing was deleted."
        : `Stopped. ${number(deletedSoFar)} runs were deleted; run the command again to continue.`,
    );
  } finally {
    bar.stop();
    await app.close();
  }
}

/**
 * The runs that are meant, as `medoid run` finds them.
 * @throws CommandError if there is none, or several that may be meant
 */
async function runIdsOf(app: App, given: string[]): Promise<string[]> {
  const api = inProcessApi(app);
  const uuids = given.map((text) => {
    const parsed = parseIdOf("Run", text);
    return "problem" in parsed ? null : parsed.uuid;
  });
  const existing = await existingRuns(
    app,
    uuids.filter((uuid) => uuid !== null),
  );
  const ids = new Set<string>();
  const unknown: string[] = [];
  for (const [index, text] of given.entries()) {
    const uuid = uuids[index];
    if (uuid !== null && existing.has(uuid)) ids.add(uuid);
    else if (parseGlobalId(text)?.type === "Run") unknown.push(text);
    else ids.add(parseGlobalId(await findRun(api, text))!.uuid); // an external id may be a UUID
  }
  if (unknown.length === 0) return [...ids];
  throw new CommandError(`Nothing was deleted: no run has the id ${listed(unknown)}.`);
}

async function existingRuns({ database: { prisma } }: App, runIds: string[]): Promise<Set<string>> {
  const existing = new Set<string>();
  for (let first = 0; first < runIds.length; first += 500) {
    const some = runIds.slice(first, first + 500);
    const found = await prisma.run.findMany({ where: { id: { in: some } }, select: { id: true } });
    for (const { id } of found) existing.add(id);
  }
  return existing;
}

async function findImport(app: App, given: string): Promise<RecordedImport> {
  const found = await findImports(app.database, given);
  if (found.length === 1) return found[0];
  if (found.length > 1) {
    throw new CommandError(
      `Nothing was deleted: several imports may be meant. Give the id of one of them:\n${importLines(found)}`,
    );
  }
  const latest = await latestImports(app.database, mostListed);
  throw new CommandError(
    latest.length === 0
      ? "Nothing was deleted: no import is recorded in this database. Runs that were recorded in other ways can be deleted by --ids."
      : `Nothing was deleted: no import of ${printable(given)} is recorded. The latest imports are:\n${importLines(latest)}`,
  );
}

function importLines(imports: RecordedImport[]): string {
  return imports
    .slice(0, mostListed)
    .map(({ id, path, createdAt }) => `  ${id}  ${shownTime(createdAt)}  ${printable(path)}`)
    .join("\n");
}

function shownTime(time: Date): string {
  return `${minute(time.toISOString())} UTC`;
}

function listed(values: string[]): string {
  const more = values.length > mostListed ? `, and ${values.length - mostListed} more` : "";
  return `${values.slice(0, mostListed).join(", ")}${more}`;
}

/** Says which clusterings and maps use the runs, and how to delete them. */
async function usedError(
  { database: { prisma } }: App,
  { usedBy, deleted }: RunsDeleted,
  { command }: Pick<Cli, "command">,
): Promise<CommandError> {
  const newestOf = (table: SubjectTable) => ({
    where: { id: { in: [...usedBy.keys()].filter((id) => usedBy.get(id) === table) } },
    select: { id: true, status: true } as const,
    orderBy: [{ createdAt: "desc" as const }, { id: "desc" as const }],
    take: mostSubjectsListed,
  });
  const results = await prisma.clusteringResult.findMany(newestOf("ClusteringResult"));
  const maps = await prisma.embeddingMap.findMany(newestOf("EmbeddingMap"));
  const subjects = [...results, ...maps].slice(0, mostSubjectsListed);
  const done = deleted.runs === 0 ? "Nothing was deleted" : `Only ${number(deleted.runs)} runs were deleted`;
  const lines = subjects.map(({ id, status }) => {
    const globalId = formatGlobalId(usedBy.get(id)!, id);
    return status === "QUEUED" || status === "RUNNING"
      ? `  ${globalId} is ${status}: wait until it has ended`
      : `  ${command("delete", globalId)}`;
  });
  const more = usedBy.size - subjects.length;
  if (more > 0) lines.push(`  and ${more} more`);
  return new CommandError(`${done}: ${usersOf(usedBy)} first:\n${lines.join("\n")}`);
}

/** For example "a clustering and 2 maps use some of the runs. Delete them". */
function usersOf(usedBy: RunsDeleted["usedBy"]): string {
  const tables = [...usedBy.values()];
  const counted = (table: SubjectTable, name: string): string[] => {
    const count = tables.filter((each) => each === table).length;
    if (count === 0) return [];
    return [count === 1 ? `a ${name}` : `${count} ${name}s`];
  };
  const users = [...counted("ClusteringResult", "clustering"), ...counted("EmbeddingMap", "map")].join(
    " and ",
  );
  return tables.length === 1
    ? `${users} uses some of the runs. Delete it`
    : `${users} use some of the runs. Delete them`;
}

function printJson(
  { usedBy, staying }: RunsDeleted,
  runs: ImportCounts,
  file: RecordedImport | null,
  stdout: Writable,
): void {
  const report = {
    ...(file && { importedFrom: { id: file.id, path: file.path, importedAt: file.createdAt } }),
    deleted: runs,
    ...(file && { staying }),
    usedBy: Array.from(usedBy, ([id, table]) => formatGlobalId(table, id)),
  };
  stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

function printReport(
  { staying }: RunsDeleted,
  counts: ImportCounts,
  { file, dryRun }: { file: RecordedImport | null; dryRun: boolean },
  stdout: Writable,
): void {
  if (file) stdout.write(`Imported from ${printable(file.path)}, first at ${shownTime(file.createdAt)}.\n`);
  const table = new Table({
    head: ["", dryRun ? "would be deleted" : "deleted"],
    colAligns: ["left", "right"],
    style: { head: [], border: [] },
  });
  table.push(["runs", number(counts.runs)], ["invocations", number(counts.invocations)]);
  table.push(["images", number(counts.images)]);
  for (const [model, count] of Object.entries(counts.embeddings)) {
    table.push([`embeddings of ${printable(model)}`, number(count)]);
  }
  stdout.write(`${table}\n`);
  const sayThatStay = (count: number, how: string): void => {
    if (count === 0) return;
    const [runs, stay, they] = count === 1 ? ["run", "stays", "it was"] : ["runs", "stay", "they were"];
    const verb = dryRun ? "would stay" : stay;
    stdout.write(`${number(count)} ${runs} ${verb}, because ${they} recorded ${how}.\n`);
  };
  sayThatStay(staying.recordedAgain, "by another import too");
  sayThatStay(staying.recordedElsewhere, "before this import, or by the API too");
  const stayingRuns = staying.recordedAgain + staying.recordedElsewhere;
  if (stayingRuns > 0) {
    const [them, verb] = [stayingRuns === 1 ? "it" : "them", dryRun ? "would stay" : "stay"];
    stdout.write(`The embeddings that this import added to ${them}, if any, ${verb} too.\n`);
  }
}
