import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../src/database/openDatabase.js";
import { type Fixture, openFixture, uuid, writeRuns } from "../fixtures.js";

let fixture: Fixture;
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(() => fixture.close());

test("runs and invocations from before metadata existed keep their rows, and have none", async () => {
  await writeRuns(fixture, { runs: 2, steps: 4 });
  const { prisma } = fixture;
  const rows = async () => ({
    runs: await prisma.run.findMany({ orderBy: { id: "asc" } }),
    invocations: await prisma.invocation.findMany({ orderBy: { id: "asc" }, include: { embeddings: true } }),
  });
  const before = await rows();
  for (const statement of [
    `ALTER TABLE "Run" DROP COLUMN "metadata"`,
    `ALTER TABLE "Invocation" DROP COLUMN "metadata"`,
    `ALTER TABLE "Invocation" DROP COLUMN "externalId"`,
    `DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE '%_metadata'`,
  ]) {
    await prisma.$executeRawUnsafe(statement);
  }

  const applied: string[] = [];
  await (await openDatabase(fixture.url, { onMigrated: (name) => applied.push(name) })).close();

  expect(applied).toEqual([expect.stringMatching(/_metadata$/)]);
  expect(before.invocations).toHaveLength(8);
  expect(before.runs[0]).toMatchObject({ metadata: null });
  expect(before.invocations[0]).toMatchObject({ externalId: null, metadata: null });
  expect(await rows()).toEqual(before);
  const data = { externalId: "row 1", metadata: '{"a":1}' };
  await prisma.invocation.update({ where: { id: uuid("Invocation", 1) }, data });
  expect(await prisma.invocation.findUnique({ where: { id: uuid("Invocation", 1) } })).toMatchObject(data);
});
