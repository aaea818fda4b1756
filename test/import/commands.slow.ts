import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Command } from "commander";
import { parquetMetadata } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { addExportCommand } from "../../src/cli/commands/export.js";
import { addImportCommand } from "../../src/cli/commands/import.js";
import { addSampleCommand } from "../../src/cli/commands/sample.js";
import { ArgumentError, CommandError, InterruptedError } from "../../src/cli/process.js";
import { capturedCli } from "../cli/capturedCli.js";
import { commandsOf, examplesOf } from "../clients/documents.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import { panicTdaContent, panicTdaId, writePanicTda } from "./panicTdaFixture.js";
import { type PanicTdaTodayContent, todayContent, writePanicTdaDump } from "./panicTdaTodayFixture.js";
import { isAnswered, modelSpanId, phoenixLayouts, phoenixSpans } from "./phoenixFixture.js";

const leftBehind = "clusterings of panic-tda are not imported: cluster the embeddings with Medoid";

let folder: string;
let temporary: TemporaryApp;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-commands-"));
  temporary = await openTemporaryApp();
});
afterAll(async () => {
  await temporary.close();
  rmSync(folder, { recursive: true });
});

/** Runs a command on the database, and returns what it printed and how far its progress bar came. */
async function run(args: string[], interrupt = new AbortController(), input = "") {
  const { error, ...result } = await attempted(args, interrupt, input);
  if (error) throw error;
  return result;
}

/** The same for a command that may fail. */
async function attempted(args: string[], interrupt = new AbortController(), input = "") {
  const progress: number[] = [];
  let isStopped = true;
  const { cli, printed } = capturedCli(temporary, {
    stdin: Readable.from([Buffer.from(input)]),
    signal: interrupt.signal,
    progressBar() {
      isStopped = false;
      return {
        update(value) {
          progress.push(value);
        },
        stop() {
          isStopped = true;
        },
      };
    },
  });
  const program = new Command().exitOverride();
  addImportCommand(program, () => cli);
  addSampleCommand(program, () => cli);
  addClusterCommand(program, () => cli);
  addExportCommand(program, () => cli);
  const error = await program.parseAsync(args, { from: "user" }).then(
    () => null,
    (thrown) => thrown,
  );
  expect(isStopped).toBe(true);
  return { printed: printed(), progress, error };
}

/** The cells of the printed tables, row by row. */
const cells = (printed: string) =>
  printed
    .split("\n")
    .filter((line) => line.startsWith("│"))
    .map((line) =>
      line
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

test("import prints what it recorded and what it skipped, and suggests the next command", async () => {
  const path = join(folder, "upstream.sqlite");
  const content = panicTdaContent(2, 4);
  content.embeddings[0].vector = null;
  writePanicTda(path, content).close();
  const { printed, progress } = await run(["import", path]);
  expect(cells(printed)).toEqual([
    ["", "added", "already there"],
    ["runs", "2", "0"],
    ["invocations", "8", "0"],
    ["images", "4", "0"],
    ["embeddings of Jina", "4", "0"],
    ["embeddings of Nomic", "3", "0"],
    ["skipped", "reason", "count", "example"],
    ["embedding", "it has no vector", "1", panicTdaId("d", 2)],
  ]);
  expect(printed).toMatch(/medoid cluster/);
  expect(progress.at(-1)).toBe(1);

  const { printed: json } = await run(["import", "--json", path]);
  expect(JSON.parse(json)).toMatchObject({
    taken: { runs: 0 },
    alreadyThere: { runs: 2, embeddings: { Jina: 4, Nomic: 3 } },
    skipped: [{ what: "embedding", count: 1 }],
  });
});

test("import of a directory records the dump in it", async () => {
  const directory = join(folder, "dump.csv"); // its name does not matter
  writePanicTdaDump(directory, todayContent(2, 4));
  const { printed, progress } = await run(["import", directory]);
  expect(cells(printed)).toEqual([
    ["", "added", "already there"],
    ["runs", "2", "0"],
    ["invocations", "8", "0"],
    ["images", "0", "0"],
    ["embeddings of Nomic", "4", "0"],
    ["embeddings of NomicVision", "4", "0"],
    ["skipped", "reason", "count", "example"],
    ["clustering", leftBehind, "1", "clustering_results.parquet"],
    ["assignment", leftBehind, "8", "embedding_clusters.parquet"],
  ]);
  expect(progress.at(-1)).toBe(1);
});

test("import of a file that cannot be read reports it in one line", async () => {
  const before = await recordedRows(temporary.app);
  const notes = join(folder, "notes.txt");
  writeFileSync(notes, "no database");
  const lines = join(folder, "runs.jsonl");
  writeFileSync(lines, "{}\n");
  const twice = join(folder, "twice.jsonl");
  writeFileSync(twice, `{"id":"a","id":"b","text":"x"}\n`);
  const pretty = join(folder, "pretty.json");
  writeFileSync(pretty, JSON.stringify({ id: "1", network: ["a"], invocations: [] }, null, 2));
  for (const [path, message] of [
    [folder, `${folder} is a directory without runs.parquet, so it is not a dump of panic-tda.`],
    [
      notes,
      `${notes} cannot be imported: it seems to be text that begins with "no database". Files to import are tables of texts (Parquet, CSV, TSV or JSON lines), traces (spans of OpenInference or observations of Langfuse), runs as JSON lines, and SQLite databases or dump directories of panic-tda. If it is text in one of these formats, name it with --format.`,
    ],
    [join(folder, "missing"), `${folder}/missing does not exist.`],
    [pretty, `${pretty} has JSON that is spread over several lines. Write each object on one line: \`jq -c`],
    [lines, `${lines} has no line that can be read as a JSON object with a field.`],
    [
      twice,
      `${twice} has no line that can be read as a JSON object with a field. Of line 1: it has two fields of the same name.`,
    ],
  ] as const) {
    const refused = run(["import", path]);
    await expect(refused).rejects.toBeInstanceOf(CommandError);
    await expect(refused).rejects.toThrow(message);
  }
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test("import of a table that is damaged further on says what it recorded and how to undo it, and fails", async () => {
  const bytes = parquetWriteBuffer({
    columnData: [
      { name: "text", data: Array.from({ length: 40 }, (_, row) => `row ${row}`), type: "STRING" },
    ],
    rowGroupSize: 20,
  });
  const start = Number(parquetMetadata(bytes).row_groups[1].columns[0].meta_data!.data_page_offset);
  const path = join(folder, "damaged.parquet");
  writeFileSync(path, Buffer.from(bytes).fill(0xff, start, start + 20));
  const { printed, error } = await attempted(["import", path, "--text", "text"]);
  expect(cells(printed)[1]).toEqual(["rows", "20", "0"]);
  expect(printed).toContain(`delete-runs --imported-from ${path}`);
  expect(error).toBeInstanceOf(CommandError);
  expect(error.message).toMatch(/after row 20: it is damaged .* What was recorded before that stays/);
  const { printed: json } = await attempted(["import", path, "--text", "text", "--json"]);
  expect(JSON.parse(json)).toMatchObject({
    alreadyThere: { runs: 20 },
    unreadable: expect.stringContaining("after row 20"),
  });
});

const table = `id,body,embedding
t1,"the first text","[1,2,3]"
t2,"the second, longer text","[4,5,6]"
t3,"",""
`;

test("import of a table counts rows, and speaks of no runs", async () => {
  const path = join(folder, "table.csv");
  writeFileSync(path, table);
  const { printed, progress } = await run(["import", path, "--text", "body", "--vector", "embedding"]);
  expect(cells(printed)).toEqual([
    ["", "added", "already there"],
    ["rows", "2", "0"],
    ["embeddings of embedding", "2", "0"],
    ["skipped", "reason", "count", "example"],
    ["row", "it has no text", "1", "row 3, body: null"],
  ]);
  expect(printed).toContain(`\`medoid delete-runs --imported-from ${path}\``);
  expect(printed.replaceAll(/`.*`/g, "")).not.toMatch(/\b(run|step|prompt)s?\b/);
  expect(progress.at(-1)).toBe(1);
});

test("import reads a table from standard input, and says what texts without embeddings need", async () => {
  const { printed } = await run(
    ["import", "-", "--dataset", "piped", "--text", "body", "--id", "id"],
    undefined,
    table,
  );
  expect(cells(printed).slice(0, 2)).toEqual([
    ["", "added", "already there"],
    ["rows", "2", "0"],
  ]);
  expect(printed).toMatch(/have no embeddings.* --vector COLUMN or --vectors FILE\.$/m);
  await expect(
    run(["import", "-", "--dataset", "piped", "--text", "other"], undefined, table),
  ).rejects.toThrow('standard input has no column "other". It has: id, body, embedding.');
});

test("import of texts alone says which of them have no embeddings, also of those that were recorded before", async () => {
  const path = join(folder, "alone.csv");
  const written = (rows: number, name: string) =>
    ["id,body,vector", ...Array.from({ length: rows }, (_, i) => `${i},${name} ${i},"[${i}.5,1]"`)].join(
      "\n",
    );
  const alone = [path, "--text", "body", "--id", "id"];
  writeFileSync(path, written(3, "alone"));
  const lacking = /^.* embeddings, and only embeddings can be clustered.*$/m;
  const said = async (args: string[]) => lacking.exec((await run(["import", ...args])).printed)?.[0];
  const toAdd = /To add them, import the file again with the vectors in its column "vector":$/;
  expect(await said(alone)).toMatch(/^These texts have no embeddings/);
  expect(await said([...alone, "--vector", "vector", "--embedding-model", "alone"])).toBe(undefined);
  const { printed: again } = await run(["import", ...alone]);
  expect(again).not.toMatch(lacking);
  expect(again).toContain("`medoid cluster --embedding-model alone`");
  const { printed: json } = await run(["import", ...alone, "--json"]);
  expect(JSON.parse(json)).toMatchObject({
    alreadyThere: { invocations: 3, embeddings: {} },
    embeddedBefore: { invocations: 3, embeddings: { alone: 3 } },
  });
  writeFileSync(path, written(5, "alone"));
  expect(await said(alone)).toMatch(/^2 of the 5 texts have no embeddings/);
  expect(await said(alone)).toMatch(toAdd);
  writeFileSync(path, written(4, "alone"));
  expect(await said(alone)).toMatch(/^1 of the 4 texts has no embeddings/);

  const lines = join(folder, "alone.jsonl");
  const runs = (embeddings: object[]) =>
    [1, 2]
      .map((n) => ({
        id: `00000000-0000-7000-8000-0000000000a${n}`,
        network: ["m"],
        initialPrompt: "alone",
        embeddings,
        n,
      }))
      .map(({ embeddings, n, ...fields }) =>
        JSON.stringify({
          ...fields,
          invocations: [
            { sequenceNumber: 0, model: "m", type: "TEXT", outputText: `alone ${n}`, embeddings },
          ],
        }),
      )
      .join("\n");
  writeFileSync(lines, runs([]));
  expect(await said([lines])).toMatch(/^The outputs of these runs have no embeddings/);
  writeFileSync(lines, runs([{ embeddingModel: "alone", vector: { floats: [1, 2] } }]));
  expect(await said([lines])).toBe(undefined);
  writeFileSync(lines, runs([]));
  expect(await said([lines])).toBe(undefined);
});

test("import says what to do if rows differ: in vectors only, in more, or because ids repeat", async () => {
  const path = join(folder, "differing.csv");
  const import_ = async (content: string, ...options: string[]) => {
    writeFileSync(path, `id,body,vector\n${content}`);
    const words = ["import", path, "--text", "body", "--vector", "vector", "--id", "id", ...options];
    const { printed, error } = await attempted(words);
    const message: string = error?.message ?? printed;
    const [, command] = /^ {2}medoid (.*)$/m.exec(message) ?? [];
    return { message, command, table: cells(printed) };
  };
  await import_("1,one,[1]\n2,two,[2]\n", "--embedding-model", "first");
  const vectors = await import_("1,one,[3]\n2,two,[4]\n", "--embedding-model", "first");
  expect(vectors.message).toContain('The recorded embeddings of the model "first" have other vectors');
  expect(vectors.message).not.toContain("--dataset");
  expect(vectors.command).toBe(
    `import ${path} --text body --vector vector --id id --embedding-model first-2`,
  );
  expect(cells((await run(vectors.command.split(" "))).printed).slice(1, 3)).toEqual([
    ["rows", "0", "2"],
    ["embeddings of first-2", "2", "0"],
  ]);

  const texts = await import_("1,uno,[1]\n2,two,[2]\n", "--embedding-model", "first");
  expect(texts.message).toContain("If this is another table");
  expect(texts.command).toMatch(/^import \S+ --dataset \S+-differing --text body/);
  expect((await run(texts.command.split(" "))).printed).not.toContain("--dataset");

  const repeated = "a,one,[1]\na,uno,[1]\nb,two,[2]\nb,two,[4]\nc,three,[1]\nc,three,[1]\n";
  for (let time = 1; time <= 2; time++) {
    const { message, table, command } = await import_(repeated, "--dataset", "repeated");
    expect(message).toContain('Values of the column "id" repeat');
    expect(message).not.toMatch(/--dataset NAME|another table/);
    expect(command).toBe(undefined);
    expect(table.slice(-2).map(([what, reason, count]) => [what, reason, count])).toEqual([
      ["row", "a row before it in the table has the same id, and another text", "1"],
      ["row", "a row before it in the table has the same id, and another vector", "1"],
    ]);
  }
});

test("tables with the same ids do not collide, unless they are given the same name", async () => {
  const import_ = async (name: string, content: string, ...options: string[]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const { printed } = await run(["import", path, "--text", "body", "--id", "id", "--json", ...options]);
    const { taken, alreadyThere, skipped } = JSON.parse(printed);
    return [taken.runs, alreadyThere.runs, skipped.length];
  };
  const [first, second] = ["a", "b"].map((text) => `id,body\n1,${text} 1\n2,${text} 2\n`);
  expect(await import_("first.v1.csv", first)).toEqual([2, 0, 0]);
  expect(await import_("first.v2.csv", second)).toEqual([2, 0, 0]);
  expect(await import_("first.v1.csv.gz", first)).toEqual([0, 2, 0]);
  expect(await import_("renamed.csv", `${first}3,c\n`, "--dataset", "first.v1")).toEqual([1, 2, 0]);
  await expect(import_("renamed.csv", second, "--dataset", "first.v1")).rejects.toThrow(
    "Nothing was recorded",
  );
  expect(await import_("runs1.csv", first, "--run", "body")).toEqual([2, 0, 0]);
  expect(await import_("runs2.csv", first, "--run", "body")).toEqual([2, 0, 0]);
  await expect(run(["import", "-", "--text", "body"], undefined, first)).rejects.toThrow(
    "Standard input has no name by which its rows could be told from those of other tables: add --dataset NAME.",
  );
  await expect(run(["import", "-"], undefined, first)).rejects.toThrow(
    "medoid import - --dataset NAME --text body --id id",
  );
});

test("import of a table without options proposes the command, which imports it", async () => {
  const before = await recordedRows(temporary.app);
  const path = join(folder, "proposed.csv");
  writeFileSync(path, table.replaceAll(/^t/gm, "proposed"));
  const refused = await run(["import", path], undefined, "").catch((error) => error);
  expect(refused).toBeInstanceOf(ArgumentError);
  expect(await recordedRows(temporary.app)).toEqual(before);
  const [, command] = /^ {2}medoid (.*)$/m.exec(refused.message) ?? [];
  expect(command).toBe(`import ${path} --text body --vector embedding --id id`);
  const { printed } = await run(command.split(" "));
  expect(cells(printed)[1]).toEqual(["rows", "2", "0"]);
});

test("import of JSON lines takes runs by their fields, and proposes columns of rows", async () => {
  const rows = join(folder, "rows.jsonl");
  writeFileSync(
    rows,
    '{"answer":"a","turn":0,"chat":"x","model":"m"}\n{"answer":"b","turn":1,"chat":"x","model":"m"}\n',
  );
  const refused = await run(["import", rows]).catch((error) => error);
  expect(refused.message).toContain("--text answer --run chat --step turn --model model");
  expect(refused.message).toContain("No column seems to hold vectors");
  const damaged = join(folder, "damaged-first.jsonl");
  writeFileSync(damaged, `# a comment\n{"answer":\n{}\n{"answer":"a"}\n`);
  await expect(run(["import", damaged])).rejects.toThrow("--text answer");
  const runs = join(folder, "like-runs.jsonl");
  writeFileSync(runs, '# a comment\n{"network":["m"],"invocations":[]}\n');
  await expect(run(["import", runs])).rejects.toThrow("Nothing was recorded: every run of");
});

test("import of runs without embeddings says what they lack", async () => {
  // A run that no other test records: recorded embeddings would be known.
  const { runs, invocations, ...others } = todayContent(9, 2);
  const [last] = runs.slice(-1);
  const content = {
    ...others,
    runs: [last],
    invocations: invocations.filter(({ run_id }) => run_id === last.id),
    embeddings: [],
    assignments: [],
  };
  for (const [name, given, message] of [
    [
      "without-embeddings",
      content,
      /^The outputs of these runs have no embeddings.* add embeddings\.parquet to the dump/m,
    ],
    ["without-invocations", { ...content, invocations: [] }, /^These runs have no invocations/m],
  ] as [string, PanicTdaTodayContent, RegExp][]) {
    const dump = join(folder, name);
    writePanicTdaDump(dump, given);
    const { printed } = await run(["import", dump]);
    expect(printed).toMatch(message);
    expect(printed).not.toContain("--vector");
  }
});

test("import fails if a file has nothing to record", async () => {
  const written = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const dump = join(folder, "no-runs");
  writePanicTdaDump(dump, { ...todayContent(1, 1), runs: [] });
  const database = join(folder, "no-runs.db");
  writePanicTda(database, { ...panicTdaContent(1, 1), runs: [] });
  const embeddings = written(
    "embeddings-only.jsonl",
    exportedSpans().find((line) => line.includes('"EMBEDDING"'))!,
  );
  const blank = written("blank.jsonl", "\n\n");
  const empty = written("empty.jsonl", "");
  const before = await recordedRows(temporary.app);
  for (const [args, message] of [
    [[dump], `Nothing was recorded: ${dump} has no runs.`],
    [[database], `Nothing was recorded: ${database} has no runs.`],
    [[embeddings], `Nothing was recorded: ${embeddings} has no call of a model.`],
    [[blank, "--format", "runs"], `Nothing was recorded: ${blank} has no runs.`],
    [[empty, "--format", "runs"], `${empty} is empty.`],
  ] as const) {
    const refused = await run(["import", ...args]).catch((error) => error);
    expect([refused instanceof CommandError, refused.message]).toEqual([true, message]);
  }
  expect(await recordedRows(temporary.app)).toEqual(before);
});

test.each([
  [["--vector", "v", "--vectors", "f"], "Give either --vector or --vectors, not both."],
  [["--text", "t", "--vector", "v", "--vectors", "f"], "Give either --vector or --vectors, not both."],
  [["--text", "t", "--dimensions", "3"], "--dimensions is about a file of vectors: add --vectors."],
  [
    ["--text", "t", "--embedding-model", "m"],
    "--embedding-model is about vectors: add --vector or --vectors.",
  ],
  [["--text", "t", "--step", "s"], "--step orders the rows of a run: add --run."],
  [["--format", "langfuse", "--text", "t"], "--text is about tables, and the format is langfuse."],
  [
    ["--format", "openinference", "--vectors", "f"],
    "--vectors is about tables, and the format is openinference.",
  ],
  [
    ["--format", "openinference", "--embedding-model", "m"],
    "--embedding-model is about vectors: add --vector.",
  ],
  [["--format", "runs", "--vector", "v"], "--vector is about tables, and the format is runs."],
  [["--dataset", "a/b"], "--dataset must not contain a slash: a/b"],
  [["--text", "t", "--dataset", " "], "--dataset must not be empty."],
  [["--text", "t", "--dataset", "a/b"], "--dataset must not contain a slash: a/b"],
])("import refuses the options %s", async (options, message) => {
  const { cli } = capturedCli(temporary);
  const program = new Command().exitOverride();
  addImportCommand(program, () => cli);
  const path = join(folder, "refused.csv");
  writeFileSync(path, "t,v\na,[1]\n");
  const refused = program.parseAsync(["import", path, ...options], { from: "user" });
  await expect(refused).rejects.toThrow(new ArgumentError(message));
});

const exportedSpans = () =>
  phoenixSpans().map((span) => JSON.stringify(phoenixLayouts["nested attributes"](span)));

test("spans of Phoenix are imported, clustered, and exported with their ids", async () => {
  const { printed, progress } = await run(["import", "-"], undefined, exportedSpans().join("\n"));
  expect(cells(printed).slice(0, 5)).toEqual([
    ["", "added", "already there"],
    ["runs", "15", "0"],
    ["invocations", "38", "0"],
    ["images", "0", "0"],
    ["embeddings of small", "38", "0"],
  ]);
  expect(progress.at(-1)).toBe(1);
  await run(["cluster", "--embedding-model", "small", "--min-cluster-size", "5"]);
  const { printed: rows } = await run(["export", "--format", "jsonl"]);
  const assignments = rows
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const clusterOf = new Map(assignments.map(({ external_id, label }) => [external_id, label]));
  const answered = Array.from({ length: 40 }, (_, trace) => trace).filter(isAnswered);
  expect([...clusterOf.keys()].sort()).toEqual(answered.map(modelSpanId).sort());
  for (const trace of answered) {
    expect(clusterOf.get(modelSpanId(trace))).toBe(clusterOf.get(modelSpanId(trace % 3)));
  }
  expect(new Set(clusterOf.values())).toEqual(new Set([0, 1, 2]));
});

test("the documented imports of traces run as printed", async () => {
  const spans = exportedSpans();
  const own = spans.map((line) =>
    JSON.stringify({ ...JSON.parse(line), embedding: [1, spans.indexOf(line)] }),
  );
  const observation = "o1,GENERATION,t1,2026-03-01 09:00:00.000000,model,an answer";
  const files: Record<string, string> = {
    "spans.jsonl": spans.join("\n"),
    "observations.csv": `id,type,trace_id,start_time,provided_model_name,output\n${observation}\n`,
    "embedded.jsonl": own.join("\n"),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const [{ text }] = examplesOf("docs/command-line.md").filter(({ text }) => text.includes("spans.jsonl"));
  const documented = commandsOf(text).map((command) => command.split(" ").slice(1));
  expect(documented.map(([, file]) => file).sort()).toEqual(Object.keys(files).sort());
  const counts: Record<string, string[][]> = {};
  for (const [command, file, ...options] of documented) {
    const { printed } = await run([command, join(folder, file), ...options]);
    counts[file] = cells(printed)
      .slice(2, 6)
      .filter(([what]) => /^(invocations|embeddings)/.test(what));
  }
  expect(counts).toEqual({
    "spans.jsonl": [
      ["invocations", "0", "38"],
      ["embeddings of small", "0", "38"],
    ],
    "observations.csv": [["invocations", "1", "0"]],
    "embedded.jsonl": [
      ["invocations", "0", "38"],
      ["embeddings of all-MiniLM-L6-v2", "38", "0"],
      ["embeddings of small", "0", "38"],
    ],
  });
});

test("import of traces without embeddings says what they need; --format makes a table of them", async () => {
  const path = join(folder, "spans.jsonl");
  const lines = exportedSpans().filter((line) => line.includes('"LLM"'));
  writeFileSync(path, lines.map((line) => line.replaceAll(/"session |"trace_id":"/g, "$&f")).join("\n"));
  const { printed } = await run(["import", path]);
  expect(printed).toMatch(
    /^The outputs in these traces have no embeddings.* --vector FIELD --embedding-model NAME\.$/m,
  );
  const refused = await run(["import", path, "--format", "table"]).catch((error) => error);
  expect(refused).toBeInstanceOf(ArgumentError);
  const asTable = await run(["import", path, "--format", "table", "--text", "name", "--id", "name"]);
  expect(cells(asTable.printed)[1]).toEqual(["rows", "40", "0"]);
});

test("import that is interrupted says that it can be continued", async () => {
  const path = join(folder, "interrupted.sqlite");
  writePanicTda(path, panicTdaContent(2, 4)).close();
  const interrupt = new AbortController();
  interrupt.abort();
  await expect(run(["import", path], interrupt)).rejects.toBeInstanceOf(InterruptedError);
});

test("sample prints what it recorded, then that it already exists, and suggests the next command", async () => {
  const first = await run(["sample"]);
  expect(first.printed).toMatch(/^Recorded 48 runs with 2880 invocations and 1440 embeddings/);
  expect(first.printed).toMatch(/`medoid cluster --embedding-model UniversalSentenceEncoder`/);
  const second = await run(["sample"]);
  expect(second.printed).toMatch(/^The sample is already recorded: 48 runs with 1440 embeddings/);
  expect(JSON.parse((await run(["sample", "--json"])).printed)).toMatchObject({ taken: { runCount: 0 } });
});
