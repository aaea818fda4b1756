import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addRunCommand } from "../../src/cli/commands/run.js";
import { rowIdOf, runIdOf, singleRunId } from "../../src/import/table/rowIds.js";
import { traceRunId } from "../../src/import/traces/spanIds.js";
import { writeExported } from "../export/exportedFixture.js";
import { type Fixture, id, openFixture, uuid, writeClustering, writeRuns } from "../fixtures.js";
import { commandOutput } from "./commandOutput.js";
import { obeyed } from "./obeyedByTerminals.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const run = (...args: string[]) => commandOutput(fixture, addRunCommand, ["run", ...args]);

const imageHint = (invocation: number) =>
  `\nAn image is written to a file by \`medoid image ${id("Invocation", invocation)} --out image\`.\n`;

describe("medoid run", () => {
  test("without any clustering shows the outputs of the run, and says what to do", async () => {
    await writeRuns(fixture, { steps: 4 });
    expect(await run(uuid("Run", 0))).toBe(
      `${id("Run", 0)}  4 invocations, recorded 2026-01-01 00:00 UTC
network   painter → viewer
prompt    "prompt 0"
seed      4611686018427387905
length    at most 4

  step  model    output
     0  painter  image/svg+xml, ${id("Invocation", 0)}
     1  viewer   "text 0"
     2  painter  image/svg+xml, ${id("Invocation", 2)}
     3  viewer   "text 1"

Nothing has been clustered yet. Start with \`medoid cluster\`.
An image is written to a file by \`medoid image ${id("Invocation", 0)} --out image\`.
`,
    );
    await fixture.close();
    fixture = await openFixture();
  });

  test("shows the path through the latest result: clusters, medoids and outliers", async () => {
    await writeExported(fixture);
    expect(await run(uuid("Run", 1))).toBe(
      `${id("Run", 1)}  10 invocations, recorded 2026-01-01 00:00 UTC
network   sketcher → viewer
prompt    "prompt 1"
seed      1
length    at most 10
clusters  of ${id("ClusteringResult", 0)}: 2 clusters of words; * marks medoids

  step  cluster    model    output
     0             painter  image/svg+xml, ${id("Invocation", 10)}
     1  0          viewer   "=1+1"
     2             painter  image/svg+xml, ${id("Invocation", 12)}
     3  0          viewer   "ünïcödé 猫 🐈"
     4             painter  image/svg+xml, ${id("Invocation", 14)}
     5  0          viewer   " spaces "
     6             painter  image/svg+xml, ${id("Invocation", 16)}
     7  1          viewer   "NA"
     8             painter  image/svg+xml, ${id("Invocation", 18)}
     9  1 *        viewer   "text 9"
${imageHint(10)}`,
    );
    expect(await run(uuid("Run", 2))).toMatch(/\n {5}5 {2}outlier {4}viewer {3}"text 12"\n/);
  });

  test("shows the path through the result that is asked for", async () => {
    await writeClustering(fixture, { result: 1, embeddings: 5, assign: () => ({ label: 0 }) });
    expect(await run(uuid("Run", 0))).toContain(`of ${id("ClusteringResult", 1)}: 1 cluster of words`);
    expect(await run(uuid("Run", 0), "--embedding-model", "words")).toBe(await run(uuid("Run", 0)));
    expect(await run(uuid("Run", 0), "--result", uuid("ClusteringResult", 0))).toContain(
      `of ${id("ClusteringResult", 0)}: 2 clusters`,
    );
    expect(await run(uuid("Run", 2))).toContain(
      "\nNo embedding of the run took part in the clustering. `medoid results` lists others.\n",
    );
  });

  test("--json has the run, its path and the result", async () => {
    const args = [uuid("Run", 0), "--result", id("ClusteringResult", 0), "--json"];
    const data = JSON.parse(await run(...args));
    expect(data.clusteringResult).toMatchObject({ id: id("ClusteringResult", 0), clusterCount: 2 });
    expect(data.run).toMatchObject({ id: id("Run", 0), seed: "4611686018427387905", maxLength: 10 });
    expect(data.run.invocations.totalCount).toBe(10);
    expect(data.run.invocations.edges[7].node.embedding.assignment).toMatchObject({
      isMedoid: true,
      cluster: { label: 0 },
    });
  });

  test("a run of one invocation, such as a table's row, has no steps", async () => {
    const runId = runIdOf("chats", "chat: 17/2");
    await fixture.prisma.run.create({ data: { id: runId, network: '["unknown"]', initialPrompt: "" } });
    await fixture.prisma.invocation.create({
      data: {
        id: uuid("Invocation", 900),
        runId,
        sequenceNumber: 0,
        model: "unknown",
        type: "TEXT",
        outputText: "an answer",
        externalId: "row 17",
      },
    });
    const shown = await run("row 17");
    expect(shown).toContain('\ncluster    external id  output\n           row 17       "an answer"\n');
    expect(shown).not.toMatch(/step|prompt|network|model|unknown/);
    for (const text of [
      "chats/chat: 17/2",
      id("Invocation", 900),
      uuid("Invocation", 900),
      id("Run", 900).slice(0, 4) + runId,
    ]) {
      expect(await run(text)).toBe(shown);
    }
  });

  test("a row of a table is found by the names of the table and its own id", async () => {
    const rowId = rowIdOf("texts", { run: null, id: "a/3" });
    await fixture.prisma.run.create({
      data: { id: singleRunId(rowId), network: '["unknown"]', initialPrompt: "" },
    });
    expect(JSON.parse(await run("texts/a/3", "--json")).run.id).toBe(`Run:${singleRunId(rowId)}`);
  });

  test("a run of traces is found by its session or trace", async () => {
    for (const [format, kind] of [
      ["openinference", "session"],
      ["langfuse", "trace"],
    ] as const) {
      const runId = traceRunId(format, { kind, id: `a ${kind}` });
      await fixture.prisma.run.create({
        data: { id: runId, network: '["gpt"]', initialPrompt: "a question" },
      });
      expect(JSON.parse(await run(`a ${kind}`, "--json")).run.id).toBe(`Run:${runId}`);
    }
  });

  test.each<[what: string, args: () => string[], message: () => string]>([
    [
      "an unknown id",
      () => [uuid("Run", 77)],
      () => `No run has the id or external id "${uuid("Run", 77)}".`,
    ],
    ["an unknown external id", () => ["\u001b[2J"], () => 'No run has the id or external id "\\u001b[2J".'],
    [
      "an external id of several runs",
      () => ["twice"],
      () => `2 runs have the external id "twice". Give one of their ids: ${id("Run", 1)}, ${id("Run", 0)}.`,
    ],
    [
      "the id of a cluster",
      () => [id("Cluster", 1)],
      () => "ID must be that of one of the types Run, Invocation, or an external id",
    ],
    [
      "a result that has not succeeded",
      () => [uuid("Run", 0), "--result", uuid("ClusteringResult", 2)],
      () => "has the status QUEUED: it has no clusters.",
    ],
    [
      "an unknown result",
      () => [uuid("Run", 0), "--result", uuid("ClusteringResult", 9)],
      () => `No clustering result has the id ${uuid("ClusteringResult", 9)}. There are:`,
    ],
    [
      "an unknown model",
      () => [uuid("Run", 0), "--embedding-model", "x"],
      () => 'There is no embedding model "x".',
    ],
  ])("given %s, refuses in a line that names it", async (_, args, message) => {
    for (const invocation of [1, 11]) {
      await fixture.prisma.invocation.update({
        where: { id: uuid("Invocation", invocation) },
        data: { externalId: "twice" },
      });
    }
    await expect(run(...args())).rejects.toThrow(message());
  });

  test("a long run with texts of any kind is printed in lines of the terminal's width", async () => {
    const hostile = [
      "\u001b[2J\u202e\r\n",
      "猫".repeat(80),
      "שלום ".repeat(40),
      "y".repeat(1_000_000),
      "a\u0301".repeat(90),
    ];
    const runId = uuid("Run", 500);
    await fixture.prisma.run.create({
      data: {
        id: runId,
        network: '["a"]',
        initialPrompt: hostile[3],
        metadata: JSON.stringify({ a: hostile[0] }),
      },
    });
    await fixture.prisma.invocation.createMany({
      data: Array.from({ length: 230 }, (_, n) => ({
        id: uuid("Invocation", 5000 + n),
        runId,
        sequenceNumber: n,
        model: n % 5 === 3 ? "m" : hostile[n % 5],
        type: "TEXT" as const,
        outputText: n > 20 && n % 5 === 3 ? "short" : hostile[n % 5],
        externalId: `${hostile[n % 3]}${n}`,
      })),
    });
    const printed = await commandOutput(fixture, addRunCommand, ["run", runId], { columns: 100 });
    const lines = printed.split("\n");
    expect(lines.filter((line) => /^ +\d+ {2}/.test(line))).toHaveLength(230);
    for (const line of lines.filter((line) => !/^(clusters|No)/.test(line))) {
      expect(stringWidth(line)).toBeLessThanOrEqual(100);
      expect(line).not.toMatch(obeyed);
    }
  });
});
