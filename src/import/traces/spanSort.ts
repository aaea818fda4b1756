import { createHash } from "node:crypto";
import type { SkippedKind } from "../importReport.js";
import type { SkippedTally } from "../skippedTally.js";
import { openTemporaryDatabase } from "../temporaryDatabase.js";
import { type Span, type SpanInvocation, shownSpan } from "./span.js";

/**
 * Puts the spans of a file in the order of their runs. The spans of one run may lie anywhere in the file, and only
 * the whole file says which session a trace belongs to, whether a run has calls of models, and which embedding is of
 * whose output. So all rows are first written to a temporary database, which then decides all this with a few
 * statements: the result does not depend on the order of the rows, and memory not on their number.
 */
export interface SpanSort {
  add(span: Span): void;
  /** Called once, after the last span: finds out the runs and their invocations. */
  finish(skipped: SkippedTally): void;
  /** Number of invocations, and of embeddings that may belong to them. */
  count(): number;
  /**
   * Called once, after `finish`: decides which embedding belongs to which invocation.
   *
   * @param recorded number of dimensions, by name, of embedding models that are recorded already
   */
  attachEmbeddings(recorded: Map<string, number>): void;
  /** The runs that have invocations, in the order of their first ones. */
  runs(): Iterable<SortedRun>;
  /** A run's models in the order of first use, at most `limit`. */
  modelsOf(run: SortedRun, limit: number): string[];
  /** The first input of a run's spans, whatever their kinds; empty if there is none. */
  promptOf(run: SortedRun): string;
  /** The invocations of a run from a sequence number, at most `limit`. */
  invocationsOf(run: SortedRun, from: number, limit: number): SortedInvocation[];
  /** Counts the embeddings that belong to no invocation. */
  countUnattached(skipped: SkippedTally): void;
  close(): void;
}

export interface SortedRun {
  /** Its session or trace. */
  key: string;
  kind: "session" | "trace";
  id: string;
  invocationCount: number;
  /** Number of characters in all that its invocations record. */
  characters: number;
}

export interface SortedInvocation extends SpanInvocation {
  /** The number of its row. */
  number: number;
  traceId: string;
  spanId: string;
  sequenceNumber: number;
  embeddings: { embeddingModel: string; vector: Float32Array }[];
}

export function openSpanSort(): SpanSort {
  const { database, prepared, write, commit, close } = openTemporaryDatabase(`
    CREATE TABLE "span" (
      "number" INTEGER PRIMARY KEY, "trace" TEXT, "id" TEXT, "session" TEXT, "start" INTEGER, "kind" TEXT,
      "written" INTEGER, "fault" TEXT, "model" TEXT, "text" TEXT, "digest" TEXT, "has_input" INTEGER, "input" TEXT,
      "content" TEXT);
    CREATE TABLE "embedding" (
      "key" INTEGER PRIMARY KEY, "span" INTEGER, "position" INTEGER, "is_own" INTEGER, "model" TEXT, "text" TEXT,
      "dimensions" INTEGER, "fault" TEXT, "example" TEXT, "vector" BLOB)`);
  const insertSpan = database.prepare(`INSERT INTO "span" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const insertEmbedding = database.prepare(
    `INSERT INTO "embedding" VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const run = (statement: string) => write(() => database.exec(statement));

  /** Counts rows that a statement groups by reason, with the number and id of the first as the example. */
  function countFaults(skipped: SkippedTally, what: SkippedKind["what"], statement: string): void {
    const groups = database.prepare(statement).all([]) as {
      reason: string;
      count: number;
      number: number;
      id: string;
      example?: string;
    }[];
    for (const { reason, count, number, id, example } of groups) {
      skipped.add(what, reason, example ?? shownSpan(number, id), count);
    }
  }

  return {
    add(span) {
      const { number, traceId, id, session, start, kind, written, fault, input, invocation, embeddings } =
        span;
      const content = invocation && JSON.stringify(invocation);
      const digest = createHash("sha256").update(
        JSON.stringify([session, String(start), kind, fault, input, invocation]),
      );
      write(() => {
        for (const [position, { embeddingModel, isOwn, text, vector }] of embeddings.entries()) {
          const fault = vector instanceof Float32Array ? null : vector;
          const floats = vector instanceof Float32Array ? vector : new Float32Array();
          const bytes = Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
          const example = fault?.example ?? shownSpan(number, id, isOwn ? "" : `embedding ${position}`);
          digest.update(JSON.stringify([embeddingModel, text, fault?.reason])).update(bytes);
          insertEmbedding.run([
            ...[number, position, isOwn ? 1 : 0, embeddingModel, textDigest(text), floats.length],
            ...[fault?.reason ?? null, example, bytes],
          ]);
        }
        const text = invocation && textDigest(invocation.text);
        insertSpan.run([
          ...[number, traceId, id, session, start, kind, written, fault, invocation?.model ?? null, text],
          ...[digest.digest("hex"), input === null ? 0 : 1, input, content],
        ]);
      });
    },

    finish(skipped) {
      commit();
      // Of several rows for one span, the one that was written last is used.
      run(`
        CREATE TABLE "repeated" AS SELECT "number", "id", "is_equal" FROM (
          SELECT "number", "id", "digest" = first_value("digest") OVER "same" AS "is_equal",
                 row_number() OVER "same" AS "place"
          FROM "span" WINDOW "same" AS (PARTITION BY "trace", "id" ORDER BY "written" DESC, "digest", "number"))
        WHERE "place" > 1`);
      countFaults(
        skipped,
        "row",
        `SELECT CASE "is_equal" WHEN 1 THEN 'another row has the same id and the same content'
                ELSE 'another row has the same id and other content, and was not written before it' END AS "reason",
                count(*) AS "count", min("number") AS "number", "id"
         FROM "repeated" GROUP BY "reason"`,
      );
      run(`DELETE FROM "span" WHERE "number" IN (SELECT "number" FROM "repeated")`);
      run(`DELETE FROM "embedding" WHERE "span" IN (SELECT "number" FROM "repeated")`);

      // Programs may name the session only in the first span of a trace.
      run(`
        CREATE TABLE "session" ("trace" TEXT PRIMARY KEY, "session" TEXT) WITHOUT ROWID;
        INSERT INTO "session" SELECT "trace", "session" FROM (
          SELECT "trace", "session", row_number() OVER (PARTITION BY "trace" ORDER BY "start", "id") AS "place"
          FROM "span" WHERE "session" IS NOT NULL)
        WHERE "place" = 1;
        CREATE TABLE "place" (
          "number" INTEGER PRIMARY KEY, "run" TEXT, "trace" TEXT, "id" TEXT, "start" INTEGER, "kind" TEXT,
          "is_usable" INTEGER, "has_input" INTEGER);
        INSERT INTO "place"
          SELECT "number", coalesce('session ' || coalesce("span"."session", "session"."session"), 'trace ' || "trace"),
                 "trace", "id", "start", "kind", "content" IS NOT NULL, "has_input"
          FROM "span" LEFT JOIN "session" USING ("trace");
        CREATE INDEX "place_order" ON "place" ("run", "start", "id", "trace");
        CREATE TABLE "model_run" ("run" TEXT PRIMARY KEY) WITHOUT ROWID;
        INSERT INTO "model_run" SELECT DISTINCT "run" FROM "place" WHERE "kind" = 'model'`);
      countFaults(
        skipped,
        "row",
        `SELECT coalesce("fault", 'its kind is CHAIN: its run has calls of models, which are its invocations')
                  AS "reason", count(*) AS "count", min("number") AS "number", "span"."id" AS "id"
         FROM "span" JOIN "place" USING ("number")
         WHERE "fault" IS NOT NULL OR ("span"."kind" = 'chain' AND "run" IN (SELECT "run" FROM "model_run"))
         GROUP BY "reason"`,
      );
      run(`
        CREATE TABLE "invocation" (
          "number" INTEGER PRIMARY KEY, "run" TEXT, "trace" TEXT, "sequence" INTEGER, "start" INTEGER, "model" TEXT,
          "text" TEXT, "characters" INTEGER);
        INSERT INTO "invocation"
          SELECT "number", "run", "place"."trace",
                 row_number() OVER (PARTITION BY "run" ORDER BY "place"."start", "place"."id", "place"."trace") - 1,
                 "place"."start", "model", "text", length("content")
          FROM "place" JOIN "span" USING ("number")
          WHERE "is_usable" AND ("place"."kind" = 'model' OR "run" NOT IN (SELECT "run" FROM "model_run"));
        CREATE INDEX "invocation_order" ON "invocation" ("run", "sequence");
        CREATE INDEX "invocation_text" ON "invocation" ("run", "text")`);
      commit();
    },

    count() {
      const [sum] = database
        .prepare(`
          SELECT (SELECT count(*) FROM "invocation") + (SELECT count(*) FROM "embedding" WHERE "fault" IS NULL)`)
        .pluck()
        .all([]);
      return Number(sum);
    },

    attachEmbeddings(recorded) {
      const lengths = database
        .prepare(`
          SELECT "model", "dimensions" FROM "embedding" WHERE "fault" IS NULL
          GROUP BY "model", "dimensions" ORDER BY "model", count(*) DESC, "dimensions"`)
        .all([]) as { model: string; dimensions: number }[];
      const dimensions = new Map<string, number>();
      for (const { model, dimensions: length } of lengths) {
        if (!dimensions.has(model)) dimensions.set(model, recorded.get(model) ?? length);
      }
      const refuse = database.prepare(`
        UPDATE "embedding" SET "fault" = ?, "example" = "example" || ': ' || "dimensions" || ' numbers'
        WHERE "model" = ? AND "fault" IS NULL AND "dimensions" <> ?`);
      for (const [model, length] of dimensions) {
        const reason = `its vector does not have ${length} numbers like the others of its embedding model`;
        write(() => refuse.run([reason, model, length]));
      }
      run(`
        CREATE TABLE "attached" (
          "invocation" INTEGER, "model" TEXT, "embedding" INTEGER, PRIMARY KEY ("invocation", "model")) WITHOUT ROWID;
        INSERT INTO "attached"
          SELECT "span", "model", "key" FROM "embedding"
          WHERE "is_own" AND "fault" IS NULL AND "span" IN (SELECT "number" FROM "invocation")`);
      // Embeddings of the same text and the invocations with that output are paired in their orders: first those of
      // the same trace, then those of the same session.
      for (const trace of [`"trace"`, `NULL`]) {
        run(`
          CREATE TABLE "free" AS
            SELECT "key", "run", "model", "text", ${trace} AS "trace", row_number() OVER (
              PARTITION BY "run", "model", "text", ${trace} ORDER BY "start", "id", "trace", "position") AS "place"
            FROM (
              SELECT "key", "run", "model", "text", "place"."trace", "start", "id", "position"
              FROM "embedding" JOIN "place" ON "place"."number" = "embedding"."span"
              WHERE NOT "is_own" AND "fault" IS NULL AND "key" NOT IN (SELECT "embedding" FROM "attached"));
          CREATE INDEX "free_place" ON "free" ("run", "model", "text", "trace", "place");
          INSERT INTO "attached"
            SELECT "number", "paired"."model", "key" FROM (
              SELECT "number", "run", "model", "text", ${trace} AS "trace", row_number() OVER (
                PARTITION BY "run", "model", "text", ${trace} ORDER BY "sequence") AS "place"
              FROM (
                SELECT "number", "run", "wanted"."model", "text", "invocation"."trace", "sequence"
                FROM (SELECT DISTINCT "run", "model", "text" FROM "free") AS "wanted"
                JOIN "invocation" USING ("run", "text")
                WHERE NOT EXISTS (
                  SELECT 1 FROM "attached"
                  WHERE "attached"."invocation" = "number" AND "attached"."model" = "wanted"."model"))) AS "paired"
            JOIN "free" ON "free"."run" = "paired"."run" AND "free"."model" = "paired"."model"
              AND "free"."text" = "paired"."text" AND "free"."trace" IS "paired"."trace"
              AND "free"."place" = "paired"."place";
          DROP TABLE "free"`);
      }
      commit();
    },

    *runs() {
      const rows = database
        .prepare(`
          SELECT "run", count(*) AS "invocationCount", sum("characters") AS "characters" FROM "invocation"
          GROUP BY "run" ORDER BY min("start"), "run"`)
        .iterate([]) as IterableIterator<{ run: string; invocationCount: number; characters: number }>;
      for (const { run: key, invocationCount, characters } of rows) {
        const at = key.indexOf(" ");
        const kind = key.slice(0, at) as SortedRun["kind"];
        yield { key, kind, id: key.slice(at + 1), invocationCount, characters };
      }
    },

    modelsOf({ key }, limit) {
      const models = prepared(`
          SELECT "model" FROM "invocation" WHERE "run" = ? GROUP BY "model" ORDER BY min("sequence") LIMIT ?`)
        .pluck()
        .all([key, limit]);
      return models as string[];
    },

    promptOf({ key }) {
      const [input] = prepared(`
          SELECT "input" FROM "span" WHERE "number" = (
            SELECT "number" FROM "place" WHERE "run" = ? AND "has_input" ORDER BY "start", "id", "trace" LIMIT 1)`)
        .pluck()
        .all([key]);
      return (input as string | undefined) ?? "";
    },

    invocationsOf({ key }, from, limit) {
      const rows = prepared(`
          SELECT "number", "invocation"."trace" AS "traceId", "id" AS "spanId", "sequence" AS "sequenceNumber",
                 "content"
          FROM "invocation" JOIN "span" USING ("number")
          WHERE "run" = ? AND "sequence" >= ? ORDER BY "sequence" LIMIT ?`).all([key, from, limit]) as (Omit<
        SortedInvocation,
        "embeddings"
      > & { content: string })[];
      const embeddings = prepared(`
          SELECT "embedding"."model" AS "embeddingModel", "vector"
          FROM "attached" JOIN "embedding" ON "key" = "attached"."embedding"
          WHERE "invocation" = ? ORDER BY "attached"."model"`);
      return rows.map(({ content, ...row }) => ({
        ...row,
        ...(JSON.parse(content) as SpanInvocation),
        embeddings: (
          embeddings.all([row.number]) as { embeddingModel: string; vector: ArrayBuffer | Buffer }[]
        ).map(({ embeddingModel, vector }) => ({
          embeddingModel,
          vector: new Float32Array(new Uint8Array(vector).buffer),
        })),
      }));
    },

    countUnattached(skipped) {
      countFaults(
        skipped,
        "embedding",
        `SELECT coalesce("fault", CASE
                  WHEN EXISTS (SELECT 1 FROM "invocation"
                               WHERE "invocation"."run" = "place"."run" AND "invocation"."text" = "embedding"."text")
                  THEN 'its text has an embedding of the same model already'
                  ELSE 'no invocation of its session or trace has its text as output' END) AS "reason",
                count(*) AS "count", min("span") AS "number", "example"
         FROM "embedding" JOIN "place" ON "place"."number" = "embedding"."span"
         WHERE "key" NOT IN (SELECT "embedding" FROM "attached")
           AND (NOT "is_own" OR "span" IN (SELECT "number" FROM "invocation"))
         GROUP BY "reason"`,
      );
    },

    close,
  };
}

/** Instead of a text that is only compared. */
function textDigest(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
