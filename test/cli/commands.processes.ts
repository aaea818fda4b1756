import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInput } from "../cluster/runInputs.js";
import { createTestDatabase } from "../testDatabase.js";
import { printed, runMedoid, spawnMedoid } from "./runMedoid.js";

const commands = [
  "demo",
  "serve",
  "worker",
  "copy",
  "import",
  "sample",
  "cluster",
  "results",
  "show",
  "map",
  "verify",
  "runs",
  "run",
  "image",
  "delete",
  "models",
  "keys",
];
const unknownId = "0198c1b2-0000-7000-8000-000000000000";

describe("arguments", async () => {
  const { url: databaseUrl, drop } = await createTestDatabase({ migrated: false });
  afterAll(drop);

  it("--help lists every command", async () => {
    const { code, stdout } = await runMedoid(databaseUrl, "--help");
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
  });

  it.each(commands)("%s --help describes the command", async (command) => {
    const { code, stdout } = await runMedoid(databaseUrl, command, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`medoid ${command}`);
  });

  it.each([
    [["no-such-command"], "no-such-command"],
    [["show", "--no-such-option"], "--no-such-option"],
    [["delete"], "ID"],
    [["import"], "FILE"],
    [["serve", "--port", "none"], "--port"],
    [["serve", "--port", "65536"], "--port"],
    [["cluster", "--min-cluster-size", "many"], "--min-cluster-size"],
    [["cluster", "--alpha", "x"], "--alpha"],
    [["cluster", "--metric", "MANHATTAN"], "--metric"],
    [["cluster", "--sequence-number", "5"], "--sequence-number"],
    [["cluster", "--first", "0"], "--first"],
    [["show", "--first", "0"], "--first"],
    [["map", "--neighbours", "many"], "--neighbours"],
    [["map", "--out", "map.png"], "map.png"],
    [["show", "abc"], "ID"],
    [["delete", "Run:0198c1b2-0000-7000-8000-000000000000"], "ID"],
    [["--database-url", "mysql://host/db", "models"], "DATABASE_URL"],
  ])("%j exits with 2 and names the argument", async (args, name) => {
    const { code, stderr, stdout } = await runMedoid(databaseUrl, ...args);
    expect(stderr).toContain(name);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("on an empty database", async () => {
  const { folder, url: databaseUrl, drop } = await createTestDatabase({ migrated: false });
  afterAll(drop);

  it.each([[["models"]], [["show"]], [["show", unknownId]], [["cluster"]], [["delete", unknownId]]])(
    "%j suggests the next command",
    async (args) => {
      const { stdout, stderr } = await runMedoid(databaseUrl, ...args);
      expect(stdout + stderr).toContain("`node dist/cli/medoid.js sample`");
    },
  );

  it("a file that cannot be opened, and one that is not a database, are reported in one clear line", async () => {
    const outcomes = await Promise.all([
      runMedoid(`file:${folder}/no/such/folder/medoid.db`, "sample"),
      runMedoid(`file:${fileURLToPath(new URL("../../package.json", import.meta.url))}`, "models"),
    ]);

    for (const { code, stdout, stderr } of outcomes) {
      expect(stderr).toMatch(/^The database file:.* cannot be opened: .*\n$/);
      expect(stdout).toBe("");
      expect(code).toBe(1);
    }
  });

  it("serve suggests the next command, and shuts down in order", async () => {
    const child = spawnMedoid(databaseUrl, "serve", "--port", "0");
    await printed(child, /\/graphql/);
    child.kill("SIGTERM");
    const { code, stdout } = await child.finished;
    expect(stdout).toContain("`node dist/cli/medoid.js sample`");
    expect(code).toBe(0);
  });
});

describe("with the sample", async () => {
  const database = await createTestDatabase({ migrated: false });
  const { url: databaseUrl } = database;
  beforeAll(async () => {
    const { code, stderr } = await runMedoid(databaseUrl, "sample");
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(database.drop);

  it("demo clusters with the defaults once, even if other clusterings exist", async () => {
    const other = await createTestDatabase({ copyOf: database });

    const first = await runMedoid(other.url, "demo", "--no-serve");
    await runMedoid(other.url, "cluster", "--max-cluster-size", "20");
    const second = await runMedoid(other.url, "demo", "--no-serve");
    const [, picture] = /^Map of the embeddings: (.*-map\.svg) \(trustworthiness 0\.99\d\)$/m.exec(
      first.stdout,
    )!;
    const drawn = readFileSync(picture, "utf8");
    rmSync(picture);
    await other.drop();

    expect(first.stdout).toContain("The sample is already recorded");
    expect(first.stdout).toContain("47 clusters");
    expect(first.stdout.match(/^ {2}image/gm)).toHaveLength(5);
    expect(drawn.match(/<path /g)).toHaveLength(48); // of 47 clusters, and of the outliers
    const walk = (stdout: string) => stdout.slice(stdout.indexOf("ClusteringResult:"));
    expect(walk(second.stdout)).toBe(walk(first.stdout));
    expect(second.stdout).toContain("The sample is already clustered.");
  });

  it("models lists what was loaded", async () => {
    const { stdout } = await runMedoid(databaseUrl, "models", "--json");
    expect(JSON.parse(stdout)).toEqual({
      embeddingModels: [
        {
          id: expect.stringMatching(/^EmbeddingModel:/),
          name: "UniversalSentenceEncoder",
          dimensions: 512,
          embeddingCount: 1440,
        },
      ],
    });
  });

  it("import of runs without invocations says that there is nothing to cluster", async () => {
    const empty = await createTestDatabase();
    const folder = mkdtempSync(join(tmpdir(), "medoid-import-"));
    const file = join(folder, "runs.jsonl");
    writeFileSync(file, JSON.stringify({ ...runInput("a run", 1), invocations: [] }));
    const { code, stdout } = await runMedoid(empty.url, "import", file);
    expect(code).toBe(0);
    expect(stdout).toContain("These runs have no invocations, so there is nothing of them to cluster.");
    expect(stdout).not.toContain("Nothing has been recorded");
    rmSync(folder, { recursive: true });
    await empty.drop();
  });

  it("show reports that nothing has been clustered yet", async () => {
    const { code, stderr } = await runMedoid(databaseUrl, "show");
    expect(stderr).toContain("`node dist/cli/medoid.js cluster`");
    expect(code).toBe(1);
  });

  it.each([
    [["--min-cluster-size", "1"], 2, "--min-cluster-size 1"],
    [["--embedding-model", "Other"], 1, 'There is no embedding model "Other". There are: '],
    [["--every-nth", "0"], 2, "--every-nth 0"],
    [["--run-ids", "x"], 2, '--run-ids "x"'],
    [["--min-samples", "5000"], 1, "--min-samples 5000"],
    [["--models", "NoSuchModel"], 1, "0 embeddings match"],
  ])("cluster %j is refused with the name and the value of the argument", async (args, exitCode, message) => {
    const { code, stderr, stdout } = await runMedoid(databaseUrl, "cluster", ...args);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(exitCode);
  });

  it("cluster prints the walk, show prints it again, delete removes the result", async () => {
    const options = [
      "--min-cluster-size",
      "10",
      "--min-samples",
      "4",
      "--networks",
      "ScenePainter-Careful,SceneViewer-Plain",
    ];
    const clustered = await runMedoid(databaseUrl, "cluster", ...options);
    expect(clustered.code).toBe(0);
    expect(clustered.stdout).toContain("minClusterSize 10, minSamples 4");
    expect(clustered.stdout).toMatch(/Cluster 0: \d+ embeddings/);

    const shown = await runMedoid(databaseUrl, "show");
    expect(shown.stdout).toBe(clustered.stdout);

    const json = JSON.parse((await runMedoid(databaseUrl, "show", "--json", "--first", "2")).stdout);
    expect(json.clusteringResult.status).toBe("SUCCEEDED");
    expect(json.clusteringResult.embeddingCount).toBe(360);
    expect(json.clusteringResult.clusters.edges).toHaveLength(2);

    const { id } = json.clusteringResult;
    const again = await runMedoid(databaseUrl, "show", id.split(":")[1], "--json", "--first", "2");
    expect(JSON.parse(again.stdout)).toEqual(json);
    expect((await runMedoid(databaseUrl, "delete", id)).stdout).toBe(`Deleted ${id}.\n`);
    expect((await runMedoid(databaseUrl, "show", id)).code).toBe(1);
  });
});
