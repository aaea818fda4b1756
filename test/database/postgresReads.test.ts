import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/database/database.js";
import { isBusy } from "../../src/database/errors/retryWhenBusy.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";

describe.runIf(testedKind === "postgresql")("a database on PostgreSQL", () => {
  let created: TestDatabase;
  let database: Database;
  /** A client of another process. */
  let other: pg.Client;
  beforeAll(async () => {
    created = await createTestDatabase();
    database = await openDatabase(created.url, { statementSeconds: 3 });
    other = new pg.Client(created.url);
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await database.close();
    await created.drop();
  });

  const addModel = `INSERT INTO "EmbeddingModel" ("id", "name", "dimensions") VALUES ($1::text::uuid, $1::text, 2)`;

  test("has another version after each commit, also of transactions that began before, and the same version in between", async () => {
    const { version } = database;
    const late = new pg.Client(created.url);
    await late.connect();
    await late.query("BEGIN");
    await late.query(addModel, [uuid()]);
    const before = await version.current();
    expect(await version.current()).toBe(before);
    await late.query("COMMIT");
    await late.end();
    const after = await version.current();
    expect(after).not.toBe(before);
    await other.query(addModel, [uuid()]);
    const [one, another] = await Promise.all([version.current(), version.current()]);
    expect(one).not.toBe(after);
    expect(another).toBe(one);
  });

  test("has another version once the connection that read it was lost", async () => {
    const { version } = database;
    const before = await version.current();
    await other.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'medoid version' AND datname = current_database()",
    );
    await delay(100);
    const after = (await version.current()) ?? (await version.current());
    expect(after).not.toBeNull();
    expect(after).not.toBe(before);
  });

  test("ends an aborted long read on the server, too", async () => {
    const waits = new AbortController();
    const reason = new Error("enough");
    const read = database.longReads.query("SELECT pg_sleep(60)", [], waits.signal);
    setTimeout(() => waits.abort(reason), 200);
    await expect(read).rejects.toBe(reason);
    await delay(100);
    const { rows } = await other.query(
      "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([]);
  });

  test("ends a read that is not a long read after the time limit of a statement", async () => {
    await expect(database.read("SELECT pg_sleep(30)", [])).rejects.toThrow("statement timeout");
    await expect(database.prisma.$queryRaw`SELECT 1 FROM pg_sleep(30)`).rejects.toThrow("statement timeout");
    expect(await database.read(`SELECT 1 AS "one"`, [])).toEqual([{ one: 1 }]);
  });

  test("repeats a read whose connection was already dead, but never a write", async () => {
    const { prisma } = database;
    const kill = () =>
      other.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'medoid' AND datname = current_database()",
      );
    await prisma.embeddingModel.count();
    // Not awaited: the reads must detect for themselves that their connections are gone.
    const killed = kill();
    const reads = Array.from({ length: 20 }, () => prisma.embeddingModel.count());
    expect(new Set(await Promise.all(reads)).size).toBe(1);
    await killed;
    await kill();
    expect(await database.read(`SELECT 1 AS "one"`, [])).toEqual([{ one: 1 }]);
  });

  test("distinguishes the error that ended a deadlock from other errors", async () => {
    const { prisma } = database;
    const [a, b] = [uuid(), uuid()];
    for (const id of [a, b]) await other.query(addModel, [id]);
    const raise = (id: string) => ({ where: { id }, data: { embeddingCount: { increment: 1 } } });
    // With the default limits of five seconds, a busy machine could end the other transaction, too.
    const limits = { maxWait: 60_000, timeout: 60_000 };
    const both = (first: string, second: string) =>
      prisma.$transaction(async (transaction) => {
        await transaction.embeddingModel.update(raise(first));
        await delay(300);
        await transaction.embeddingModel.update(raise(second));
      }, limits);
    const outcomes = await Promise.allSettled([both(a, b), both(b, a)]);
    const refused = outcomes.filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
    expect(refused).toHaveLength(1);
    expect(isBusy(refused[0].reason)).toBe(true);
    const unique = await prisma.embeddingModel
      .create({ data: { id: a, name: "twice", dimensions: 1 } })
      .catch((error) => error);
    expect(unique.code).toBe("P2002");
    expect(isBusy(unique)).toBe(false);
  });

  test("returns times correctly, whatever the time zone of the server", async () => {
    const createdAt = new Date("2026-07-01T12:34:56.789Z");
    await other.query(`ALTER DATABASE ${new URL(created.url).pathname.slice(1)} SET timezone = 'Asia/Tokyo'`);
    const fresh = await openDatabase(created.url);
    const id = uuid();
    await fresh.prisma.run.create({ data: { id, network: "[]", initialPrompt: "", createdAt } });
    const [row] = await fresh.read(`SELECT "createdAt" FROM "Run" WHERE "id" = $1 AND "createdAt" = $2`, [
      id,
      createdAt,
    ]);
    const [{ epoch }] = await fresh.read(
      `SELECT extract(epoch FROM "createdAt")::float8 AS "epoch" FROM "Run" WHERE "id" = $1`,
      [id],
    );
    expect(row).toEqual({ createdAt });
    expect((await fresh.prisma.run.findUniqueOrThrow({ where: { id } })).createdAt).toEqual(createdAt);
    expect(epoch).toBe(createdAt.getTime() / 1000);
    await fresh.close();
  });
});
