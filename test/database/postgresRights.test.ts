import { readFileSync, writeFileSync } from "node:fs";
import pg from "pg";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openApp } from "../../src/app.js";
import { openedDatabase } from "../../src/cli/cli.js";
import { copyDatabase } from "../../src/database/copyDatabase.js";
import { migrateDatabase, readSchemaState } from "../../src/database/migrations/schemaVersion.js";
import { openDatabase } from "../../src/database/openDatabase.js";
import { databaseProblem } from "../../src/database/readiness.js";
import { migrateJobQueue } from "../../src/jobs/queue/bullJobs.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { deleteRun } from "../../src/resolvers/recording/deleteRun.js";
import { runMedoid } from "../cli/runMedoid.js";
import { type PostgresServer, startPostgres } from "../postgres/postgresServer.js";
import { groupedRows, writeRun } from "../temporaryApp.js";
import { createTestDatabase, testedKind } from "../testDatabase.js";

describe.runIf(testedKind === "postgresql")("a role on PostgreSQL", () => {
  let postgres: PostgresServer;
  let database: string;
  const role = 'the "app"';
  const roleInSql = '"the ""app"""';

  beforeAll(async () => {
    postgres = await startPostgres();
    // Only these roles need a password: the rest of the server trusts its clients.
    const settings = `${postgres.folder}/data/pg_hba.conf`;
    writeFileSync(
      settings,
      `host all secret_role 127.0.0.1/32 scram-sha-256\n${readFileSync(settings, "utf8")}`,
    );
    await asOwner("postgres", "SELECT pg_reload_conf()", `CREATE ROLE ${roleInSql} LOGIN`);
  });
  afterAll(() => postgres?.remove());
  beforeEach(async () => {
    database = `db_${uuid().replaceAll("-", "")}`;
    await asOwner("postgres", `CREATE DATABASE ${database}`);
  });

  function urlOf(name: string, user = "postgres", password = ""): string {
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password);
    return url.href;
  }
  async function asRole(user: string, name: string, ...statements: string[]) {
    const client = new pg.Client({ host: "127.0.0.1", port: postgres.port, user, database: name });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
  const asOwner = (name: string, ...statements: string[]) => asRole("postgres", name, ...statements);
  /** The reason why the database cannot be opened, as a command prints it. */
  async function refusal(url: string): Promise<string> {
    return openedDatabase(url, async () => (await openDatabase(url)).close()).then(
      () => "opened",
      (error: Error) => error.message,
    );
  }
  /** The statement that a message says to run. */
  const statementOf = (message: string) => /run: (.*;)$/.exec(message)?.[1] ?? "no statement";

  test("without rights on the schema gets an error with the schema and the GRANT, which is sufficient", async () => {
    const url = urlOf(database, role);
    const message = await refusal(url);
    expect(message).toContain(`the role ${roleInSql} may not create tables in the schema "public"`);
    expect(await readSchemaState(url)).toMatchObject({ isNew: true });

    await asOwner(database, statementOf(message));
    expect(await refusal(url)).toBe("opened");

    await asOwner(database, `REVOKE USAGE ON SCHEMA public FROM PUBLIC, ${roleInSql}`);
    expect(await refusal(url)).toContain(`may not use the schema "public"`);
    await asOwner(database, "DROP SCHEMA public CASCADE");
    const missing = await refusal(url);
    await asOwner(database, statementOf(missing));
    expect(await refusal(url)).toBe("opened");
  });

  test("without rights on the tables, the queue or the database gets such an error too", async () => {
    const url = urlOf(database, role);
    await migrateDatabase(urlOf(database));
    const message = await refusal(url);
    expect(message).toContain(`the role ${roleInSql} lacks `);
    await asOwner(database, statementOf(message));
    expect(await refusal(url)).toBe("opened");

    const app = await openApp({ databaseUrl: url });
    const noQueue = await app.queue.start().catch((error: Error) => error);
    await app.close();
    expect(noQueue).toMatchObject({
      name: "DatabaseRightsError",
      message: expect.stringContaining(roleInSql),
    });
    const served = await runMedoid(url, "serve", "--port", "0");
    expect([served.code, served.stdout]).toEqual([1, ""]);
    expect(served.stderr).toMatch(/^The database \S+ cannot be opened: the role .*GRANT/m);
    await asOwner(database, statementOf((noQueue as Error).message));
    await migrateJobQueue(url);

    await asOwner(database, `DELETE FROM _prisma_migrations WHERE migration_name LIKE '%few_api_keys'`);
    // Not a GRANT: neither of CREATE, which would not be sufficient, nor of the owner's role, which may be a
    // superuser's.
    await asOwner(database, `REVOKE CREATE ON SCHEMA public FROM ${roleInSql}`);
    expect(await refusal(url)).toMatch(
      /does not own the table "\w+"\. Run `medoid migrate` as the role "postgres"\.$/,
    );
    await asOwner("postgres", `REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC, ${roleInSql}`);
    expect(statementOf(await refusal(url))).toBe(`GRANT CONNECT ON DATABASE "${database}" TO ${roleInSql};`);
  });

  test("with the rights that docs/operation.md lists can do everything but migrate", async () => {
    const blocks = [...readFileSync("docs/operation.md", "utf8").matchAll(/```sql\n(.*?)```/gs)].map(
      ([, sql]) => sql.replaceAll(/\bmedoid\b/g, `${database}_least`).replaceAll("…", "x"),
    );
    const [roles, grants] = blocks.map((sql) => sql.split(";").filter((each) => each.trim() !== ""));
    await asOwner("postgres", ...roles);
    const name = `${database}_least`;
    await migrateDatabase(urlOf(name, "medoid_owner"));
    await migrateJobQueue(urlOf(name, "medoid_owner"));
    await asRole("medoid_owner", name, ...grants);

    const app = await openApp({ databaseUrl: urlOf(name, "medoid_app") });
    try {
      await app.queue.start();
      await writeRun(app, groupedRows(3, 8));
      await app.database.bulk.discardAbandonedRows("ClusteringResult");
      const started = await startClustering(app, { embeddingModel: "Model" }, "");
      expect(started).toHaveProperty("id");
      await vi.waitFor(
        async () => {
          const [row] = await app.database.prisma.clusteringResult.findMany();
          expect(row.status).toBe("SUCCEEDED");
        },
        { timeout: 200_000, interval: 100 },
      );
      const [{ id }] = await app.database.prisma.clusteringResult.findMany();
      await app.database.bulk.deleteFinished("ClusteringResult", id);
      const [run] = await app.database.prisma.run.findMany();
      expect(await deleteRun(app, run.id)).toBeDefined();
      expect(await databaseProblem(app.database)).toBeNull();
    } finally {
      await app.close();
    }
    await asRole("medoid_owner", name, "CREATE TABLE later (x int)");
    await asRole("medoid_app", name, "SELECT * FROM later");
  });

  test("gets the reason why Medoid cannot use a database", async () => {
    const latin = `${database}_latin`;
    await asOwner(
      "postgres",
      `CREATE DATABASE ${latin} ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0`,
      `ALTER ROLE ${roleInSql} CONNECTION LIMIT 0`,
    );
    expect(await refusal(urlOf(latin))).toContain("its encoding is LATIN1: Medoid needs UTF8");
    expect(await refusal(urlOf("no where"))).toContain(
      `there is no database "no where" on this server. Create it: createdb -h 127.0.0.1 -p ${postgres.port} -E UTF8 -T template0 'no where'`,
    );
    expect(await refusal(urlOf(database, role))).toMatch(/too many connections.*max_connections/);
    await asOwner("postgres", `ALTER ROLE ${roleInSql} CONNECTION LIMIT -1`);
    const unreachable = new URL(urlOf(database));
    unreachable.port = "1";
    expect(await refusal(unreachable.href)).toContain("ECONNREFUSED");
    unreachable.hostname = "localhost";
    expect(await refusal(unreachable.href)).toContain("ECONNREFUSED");
  });

  test("can use a read-only database as the source of a copy, and for nothing else", async () => {
    await migrateDatabase(urlOf(database));
    const opened = await openDatabase(urlOf(database));
    await asOwner("postgres", `ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    await asOwner(
      "postgres",
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
    );
    expect(await databaseProblem(opened)).toBe("The database is read-only.");
    await opened.close();
    expect(await refusal(urlOf(database))).toContain(`it is read-only for the role "postgres"`);

    const target = await createTestDatabase();
    await migrateDatabase(urlOf(database), { readsOnly: true });
    await copyDatabase(urlOf(database), target.url);
    await target.drop();
  });

  test("is not ready once tables or the schema are gone", async () => {
    const opened = await openDatabase(urlOf(database));
    try {
      expect(await databaseProblem(opened)).toBeNull();
      await asOwner(database, `ALTER TABLE "Cluster" RENAME TO "Gone"`);
      expect(await databaseProblem(opened)).toContain("tables cannot be read");
      await asOwner(database, `ALTER TABLE "Gone" RENAME TO "Cluster"`);
      expect(await databaseProblem(opened)).toBeNull();
      await asOwner(database, `ALTER TABLE "Run" RENAME COLUMN "maxLength" TO "longest"`);
      expect(await databaseProblem(opened)).toContain("tables cannot be read");
      await asOwner(database, `ALTER TABLE "Run" RENAME COLUMN "longest" TO "maxLength"`);
      await asOwner(database, "ALTER SCHEMA public RENAME TO other");
      expect(await databaseProblem(opened)).toContain("tables cannot be read");
    } finally {
      await opened.close();
    }
  });

  test("never sees three consecutive characters of its password in a message", async () => {
    const passwords = ["Q/Z7?Q#Z", "77%QZ", "Q@Z:7", "%51%5AQ", "Q Z7&=", "ZQ7Z7Q"];
    await asOwner("postgres", `CREATE ROLE secret_role LOGIN PASSWORD 'other'`);
    for (const password of passwords) {
      const messages = [
        await refusal(urlOf(database, "secret_role", password)), // authentication
        await refusal(urlOf("nowhere", role, password)),
        await refusal(urlOf(database, role, password)), // rights
        await refusal(`postgresql://x:${encodeURIComponent(password)}@127.0.0.1:1/medoid`),
        await refusal(`postgresql://x:${password}@127.0.0.1:1/medoid`),
        await refusal(`postgresql://x:${encodeURIComponent(password)}@host.invalid/medoid`),
      ];
      expect(messages[0]).toContain('password authentication failed for user "secret_role"');
      for (const message of messages) {
        expect(message).not.toBe("opened");
        expect(message).not.toMatch(/[QZ]/);
      }
    }
  });
});
