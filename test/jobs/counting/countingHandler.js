// A second kind of work, which only the tests have: it counts to a number. It is JavaScript, so that a process without
// a compiler can run it: see countingWorker.js.
import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuid } from "uuid";

const countingKind = "counting";

/** A number that no job can count to, and one for which another attempt would not help. */
export const uncountable = -1;
export const unspeakable = -2;

/** The subject's table. */
export const countingTable = `CREATE TABLE "Counting" (
  "id" TEXT PRIMARY KEY, "target" INTEGER, "counted" INTEGER, "status" TEXT, "attempt" INTEGER, "failure" TEXT)`;

/** @typedef {import("../../../src/database/database.js").Database} Database */

/**
 * @param {Database} database
 * @param {number} [pauseMilliseconds] before each number
 * @returns {import("../../../src/jobs/queue/handler.js").JobHandler}
 */
export function createCountingHandler({ prisma, read, dialect: { placeholder } }, pauseMilliseconds = 20) {
  const sets = (columns) => columns.map((name, n) => `"${name}" = ${placeholder(n + 2)}`).join(", ");
  const update = (on, id, values) =>
    on.$executeRawUnsafe(
      `UPDATE "Counting" SET ${sets(Object.keys(values))} WHERE "id" = ${placeholder(1)}`,
      id,
      ...Object.values(values),
    );
  const find = async (id) =>
    (await read(`SELECT * FROM "Counting" WHERE "id" = ${placeholder(1)}`, [id]))[0] ?? null;

  return {
    kind: countingKind,
    async run({ subjectId: id, attempt }, { signal, changed, succeed }) {
      const { target } = await find(id);
      if (target < 0) throw new Error(target === unspeakable ? "unspeakable" : "uncountable");
      for (let number = 1; number <= target; number++) {
        await delay(pauseMilliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
        await prisma.$executeRawUnsafe(
          `UPDATE "Counting" SET "counted" = ${placeholder(1)}
           WHERE "id" = ${placeholder(2)} AND "attempt" = ${placeholder(3)} AND "status" = 'RUNNING'`,
          ...[number, id, attempt],
        );
        changed();
      }
      const published = await succeed((transaction) => update(transaction, id, { status: "SUCCEEDED" }));
      return { published, counts: { counted: target } };
    },
    writeMove(transaction, id, move) {
      const { status } = move;
      if (status === "RUNNING") return update(transaction, id, { status, attempt: move.attempt, counted: 0 });
      return update(transaction, id, { status, ...(status === "FAILED" && { failure: move.code }) });
    },
    failureCode: (error) => (error.message === "unspeakable" ? "UNSPEAKABLE" : undefined),
    state: find,
    discardAbandoned: async () => {},
  };
}

/**
 * Writes a queued job. Its id is not that of its subject.
 * @param {Database} database
 * @param {number} target
 */
export async function writeCounting({ prisma, dialect: { placeholder } }, target) {
  const job = { id: uuid(), kind: countingKind, subjectId: uuid() };
  await prisma.$transaction([
    prisma.job.create({ data: job }),
    prisma.$executeRawUnsafe(
      `INSERT INTO "Counting" ("id", "target", "counted", "status", "attempt")
       VALUES (${placeholder(1)}, ${placeholder(2)}, 0, 'QUEUED', 0)`,
      ...[job.subjectId, target],
    ),
  ]);
  return job;
}
