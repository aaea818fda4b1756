import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { expect, onTestFinished, test } from "vitest";
import { printed, runMedoid, spawnMedoid } from "../cli/runMedoid.js";
import { runInput } from "../cluster/runInputs.js";
import { testedKind } from "../testDatabase.js";

test.runIf(testedKind === "sqlite")(
  "what another process writes to a SQLite file that was moved under a server stays when the server ends",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "medoid-moved-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [path, away, runs] = ["m.db", "new/m.db", "runs.jsonl"].map((name) => join(folder, name));
    const server = spawnMedoid(`file:${path}`, "serve", "--port", "0", "--no-worker");
    onTestFinished(() => void server.kill("SIGKILL"));
    const [, address] = await printed(server, /(http:\S+)\/graphql/);
    const record = async (prompt: string) => {
      const response = await fetch(`${address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          query: `mutation ($runs: [RunInput!]!) { recordTrajectories(input: { runs: $runs }) { __typename } }`,
          variables: { runs: [runInput(prompt, 3)] },
        }),
      });
      return (await response.json()).errors?.[0].extensions.code ?? "recorded";
    };
    expect(await record("in the server's log only")).toBe("recorded");
    // Puts the first page of the file, which every connection reads, into the log too.
    const other = new Database(path);
    other.exec(`CREATE TABLE "short-lived" ("a"); DROP TABLE "short-lived"`);
    other.close();
    mkdirSync(join(folder, "new"));
    renameSync(path, away);
    symlinkSync(away, path);
    expect(await record("after the move")).toBe("DATABASE_UNAVAILABLE");
    writeFileSync(runs, JSON.stringify(runInput("imported", 3)));

    const byLink = await runMedoid(`file:${path}`, "import", runs);
    expect([byLink.code, byLink.stderr]).toEqual([1, expect.stringContaining(`beside it is ${path}-wal`)]);
    const direct = await runMedoid(`file:${away}`, "import", runs);
    expect(direct.code, direct.stderr).toBe(0);
    server.kill("SIGTERM");
    const { code, stderr } = await server.finished;
    expect(code).toBe(1);
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /^Stopped while the database could not be used: The database's file was moved, and a link was left at its path\. .* Nothing was stored since\. /,
    );

    const connection = new Database(away);
    onTestFinished(() => void connection.close());
    const read = (sql: string) => connection.prepare(sql).pluck().all([]);
    expect(read(`SELECT "initialPrompt" FROM "Run"`)).toEqual([runInput("imported", 3).initialPrompt]);
    expect(read("PRAGMA integrity_check")).toEqual(["ok"]);
  },
);
