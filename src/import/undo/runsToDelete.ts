import type { SubjectTable } from "../../database/bulkStore.js";
import type { Database } from "../../database/database.js";
import type { Join } from "../../database/sqlDialect.js";
import { usesOfEmbeddings } from "../../database/storing/stagedTables.js";
import { addTo, noCounts } from "../importCounts.js";
import type { ImportCounts } from "../importReport.js";

/** Which runs are to be deleted: those that an import recorded, or those with these ids (bare UUIDs). */
export type RunsChosen = { importedFileId: string } | { runIds: string[] };

/** Limit of the runs that are looked at together. */
const runsPerPage = 500;

/** Limit of the invocations that are deleted in one transaction, unless one run alone has more. */
const invocationsPerBatch = 5000;

interface RunSize {
  id: string;
  invocations: number;
}

/** What deleting runs would do. */
export interface DeletionSurvey {
  /** What would be deleted. */
  runs: ImportCounts;
  /** The clustering results and maps that use some of the runs, by id, so that nothing can be deleted. */
  usedBy: Map<string, SubjectTable>;
  /** Runs of the import that would stay, because they have another origin too. */
  staying: {
    /** Runs that another import contains too: they would become its runs. */
    recordedAgain: number;
    /** Runs that were recorded before the import, from elsewhere, or again through the API since then. */
    recordedElsewhere: number;
  };
}

export interface SurveyOptions {
  signal?: AbortSignal;
  /** Number of runs that have been looked at. */
  onProgress?: (runs: number) => void;
}

/** Reads page by page what would be deleted and what prevents it. Other writers are not kept waiting. */
export async function surveyDeletion(
  database: Database,
  chosen: RunsChosen,
  { signal, onProgress }: SurveyOptions = {},
): Promise<DeletionSurvey> {
  const { dialect, longReads } = database;
  const one = dialect.placeholder(1);
  const models = new Map((await database.prisma.embeddingModel.findMany()).map(({ id, name }) => [id, name]));
  const select = (sql: string, ...values: unknown[]) => longReads.query(sql, values, signal);
  const runs = noCounts();
  const usedBy = new Map<string, SubjectTable>();
  let recordedAgain = 0;
  let seen = 0;
  for await (const page of pagesOf(database, chosen, signal)) {
    let ids = page;
    if ("importedFileId" in chosen) {
      const shared = await select(
        `SELECT DISTINCT "runId" FROM "SharedRun" WHERE ${dialect.isOneOf(`"runId"`, one, "id")}`,
        dialect.listValue(page),
      );
      const others = new Set(shared.map(({ runId }) => runId));
      recordedAgain += others.size;
      ids = page.filter((id) => !others.has(id));
    }
    const list = dialect.listValue(ids);
    const from = (...joins: Join[]) =>
      `FROM ${dialect.parents(one)} ${dialect.joins([
        { table: `"Invocation"`, as: "i", on: `i."runId" = parent."value"` },
        ...joins,
      ])}`;
    const embeddingsOf = { table: `"Embedding"`, as: "e", on: `e."invocationId" = i."id"` };
    const [{ invocations, images }] = await select(
      `SELECT count(*) AS "invocations", count(i."outputImageMediaType") AS "images" ${from()}`,
      list,
    );
    const embeddings = await select(
      `SELECT e."embeddingModelId" AS "model", count(*) AS "count" ${from(embeddingsOf)}
       GROUP BY e."embeddingModelId"`,
      list,
    );
    for (const { of, rows } of usesOfEmbeddings) {
      const usesOf = { table: `"${rows}"`, as: "u", on: `u."embeddingId" = e."id"` };
      const subjects = await select(
        `SELECT DISTINCT u."${of.reference}" AS "id" ${from(embeddingsOf, usesOf)}`,
        list,
      );
      for (const { id } of subjects) usedBy.set(id as string, of.subject);
    }
    addTo(runs, {
      runs: ids.length,
      invocations: Number(invocations),
      images: Number(images),
      embeddings: Object.fromEntries(
        embeddings.map(({ model, count }) => [models.get(model as string)!, Number(count)]),
      ),
    });
    seen += page.length;
    onProgress?.(seen);
  }
  let recordedElsewhere = 0;
  if ("importedFileId" in chosen) {
    const [{ count }] = await select(
      `SELECT count(*) AS "count" FROM "SharedRun" WHERE "importedFileId" = ${one}`,
      chosen.importedFileId,
    );
    recordedElsewhere = Number(count);
  }
  return { runs, usedBy, staying: { recordedAgain, recordedElsewhere } };
}

/** Ids of runs, page by page, in the order of the ids. */
async function* pagesOf(
  database: Database,
  chosen: RunsChosen,
  signal?: AbortSignal,
): AsyncGenerator<string[]> {
  if ("runIds" in chosen) {
    for (let first = 0; first < chosen.runIds.length; first += runsPerPage) {
      yield chosen.runIds.slice(first, first + runsPerPage);
    }
    return;
  }
  const { dialect, longReads } = database;
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const rows = await longReads.query(
      `SELECT "id" FROM "Run" WHERE "importedFileId" = ${dialect.placeholder(1)}
       AND "id" > ${dialect.placeholder(2)} ORDER BY "id" LIMIT ${runsPerPage}`,
      [chosen.importedFileId, after],
      signal,
    );
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id as string);
    yield ids;
    after = ids[ids.length - 1];
  }
}

/** The runs in batches, each of which may be deleted in one short transaction. */
export async function* deletionBatches(
  database: Database,
  chosen: RunsChosen,
  signal?: AbortSignal,
): AsyncGenerator<string[]> {
  const { dialect, longReads } = database;
  for await (const page of pagesOf(database, chosen, signal)) {
    const counts = await longReads.query(
      `SELECT "runId", count(*) AS "count" FROM "Invocation"
       WHERE ${dialect.isOneOf(`"runId"`, dialect.placeholder(1), "id")} GROUP BY "runId"`,
      [dialect.listValue(page)],
      signal,
    );
    const countOf = new Map(counts.map(({ runId, count }) => [runId, Number(count)]));
    yield* batchesOf(page.map((id) => ({ id, invocations: countOf.get(id) ?? 0 })));
  }
}

function* batchesOf(runs: RunSize[]): Generator<string[]> {
  let batch: string[] = [];
  let sum = 0;
  for (const { id, invocations } of runs) {
    if (batch.length > 0 && sum + invocations > invocationsPerBatch) {
      yield batch;
      batch = [];
      sum = 0;
    }
    batch.push(id);
    sum += invocations;
  }
  if (batch.length > 0) yield batch;
}
