import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuid } from "uuid";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isBusy, retryWhenBusy } from "../../src/database/errors/retryWhenBusy.js";
import { openConnection } from "../../src/database/sqlite/connection.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import { testedKind } from "../testDatabase.js";

describe.skipIf(testedKind !== "sqlite")("SQLite's one write lock", () => {
  let temporary: TemporaryApp;
  beforeEach(async () => {
    temporary = await openTemporaryApp();
  });
  afterEach(() => temporary.close());

  const model = () => ({ id: uuid(), name: uuid(), dimensions: 2 });

  it("a write that is blocked by another connection's transaction succeeds once that one ends", async () => {
    const { prisma } = temporary.app.database;
    const other = openConnection(temporary.databaseUrl);
    other.exec("BEGIN IMMEDIATE");

    const error = await prisma.embeddingModel.create({ data: model() }).catch((refusal) => refusal);
    const retried = retryWhenBusy(() => prisma.embeddingModel.create({ data: model() }));
    await delay(50);
    other.exec("COMMIT");
    await retried;

    expect(isBusy(error)).toBe(true);
    expect(await prisma.embeddingModel.count()).toBe(1);
    other.close();
  });

  it("after a failed write, a transaction commits and the write lock is free again", async () => {
    const { prisma } = temporary.app.database;
    const other = openConnection(temporary.databaseUrl);
    other.exec("BEGIN IMMEDIATE");
    for (let i = 0; i < 3; i++) await prisma.embeddingModel.create({ data: model() }).catch(() => {});
    other.exec("COMMIT");

    await prisma.$transaction([
      prisma.embeddingModel.create({ data: model() }),
      prisma.embeddingModel.create({ data: model() }),
    ]);

    other.exec("BEGIN IMMEDIATE");
    other.exec("ROLLBACK");
    other.close();
    expect(await prisma.embeddingModel.count()).toBe(2);
  });

  it("readers are not blocked by a connection that writes", async () => {
    const { prisma } = temporary.app.database;
    const other = openConnection(temporary.databaseUrl);
    other.exec("BEGIN IMMEDIATE");
    other.prepare(`INSERT INTO "EmbeddingModel" ("id", "name", "dimensions") VALUES ('a', 'a', 1)`).run();

    expect(await prisma.embeddingModel.count()).toBe(0);

    other.exec("COMMIT");
    other.close();
    expect(await prisma.embeddingModel.count()).toBe(1);
  });
});
