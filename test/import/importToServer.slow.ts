import { writeFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { App } from "../../src/app.js";
import { addImportCommand } from "../../src/cli/commands/import.js";
import { CommandError, InterruptedError } from "../../src/cli/process.js";
import { importRunLines } from "../../src/import/runLines/importRunLines.js";
import type { ServerAddress } from "../../src/remote/serverAddress.js";
import { createApiKey } from "../../src/server/access/apiKeys.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { commandOutput } from "../cli/commandOutput.js";
import { recordedRows } from "../recordedRows.js";
import { openTemporaryApp, type TemporaryApp } from "../temporaryApp.js";
import { type ImportFolder, openImportFolder } from "./importFolder.js";
import { panicTdaContent, webp, writePanicTda } from "./panicTdaFixture.js";
import { todayContent, writePanicTdaDump, writePanicTdaToday } from "./panicTdaTodayFixture.js";
import { phoenixLayouts, phoenixSpans } from "./phoenixFixture.js";

let here: ImportFolder;
let there: TemporaryApp;
let server: MedoidServer;
let url: string;
beforeAll(async () => {
  here = await openImportFolder();
  there = await openTemporaryApp();
  server = createServer(there.app);
  url = await server.listen(0, "127.0.0.1");
});
afterAll(async () => {
  await server.stop(0);
  await there.close();
  await here.close();
});

/** What the command prints, or the error with which it ends. */
const local = (args: string[]) =>
  commandOutput(
    { app: { ...here.temporary.app, ...here.importing }, url: here.temporary.databaseUrl },
    addImportCommand,
    ["import", ...args],
  );
const remote = (args: string[], address: ServerAddress = { url }, signal = new AbortController().signal) =>
  commandOutput({ app: there.app, url: there.databaseUrl }, addImportCommand, ["import", ...args], {
    server: address,
    signal,
    open: () => Promise.reject(new Error("The database must not be opened.")),
  });
const outcome = (printed: Promise<string>) =>
  printed.catch((error: Error) => `${error.name}: ${error.message}`);

/** Everything that is recorded, except what only the database knows. */
async function contents({ database: { prisma } }: App) {
  const runs = await prisma.run.findMany({ orderBy: { id: "asc" } });
  const invocations = await prisma.invocation.findMany({
    orderBy: { id: "asc" },
    include: { outputImage: { select: { bytes: true } } },
  });
  const embeddings = await prisma.embedding.findMany({
    orderBy: { id: "asc" },
    include: { embeddingModel: { select: { name: true } } },
  });
  return {
    runs: runs.map(({ createdAt: _, importedFileId: __, ...run }) => run),
    invocations,
    embeddings: embeddings.map(({ embeddingModelId: _, ...embedding }) => embedding),
  };
}

const undo = /^(To undo this import|The API does not record which file).*\n/m;
const withoutUndo = (printed: string) => printed.replace(undo, "");

const table = [
  "id,body,vector,extra,chat,turn,model",
  't1,first,"[1,2,3]",x,a,1,GPT',
  't2,second,"[4,5,6]",1.5,a,0,GPT',
  't3,,"[7,8,9]",,b,0,Claude',
  't4,fourth,"[1,2]",y,b,1,Claude',
  't5,fifth,"[0,0,0]",z,b,2,Claude',
].join("\n");

const run = (n: number, fields: object = {}, invocation: object = {}) => ({
  id: `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`,
  network: ["Painter", "Teller"],
  initialPrompt: `prompt ${n}`,
  seed: "9007199254740993",
  metadata: { place: "ünïcode", list: [1, { deep: null }] },
  invocations: [
    {
      sequenceNumber: 0,
      model: "Painter",
      type: "IMAGE",
      outputImage: { mediaType: "image/webp", base64: webp(`picture ${n}`).toString("base64") },
      startedAt: "2026-01-02T03:04:05.678Z",
      embeddings: [
        { embeddingModel: "Seen", vector: { floats: [n, 1] } },
        { embeddingModel: "Felt", vector: { floats: [1, n, 2] } },
      ],
      ...invocation,
    },
  ],
  ...fields,
});
const lines = (runs: object[]) => runs.map((each) => JSON.stringify(each)).join("\n");

test("every format is recorded as in the database, with an equal report; again, changed and extended too", async () => {
  const today = join(here.folder, "today.sqlite");
  writePanicTdaToday(today, todayContent(2, 4)).close();
  const dump = join(here.folder, "dump");
  writePanicTdaDump(dump, todayContent(2, 4));
  const content = panicTdaContent(2, 4);
  content.embeddings[0].vector = null;
  const old = join(here.folder, "old.sqlite");
  writePanicTda(old, content).close();
  const rows = here.file("table.csv", table);
  const spans = here.file(
    "spans.jsonl",
    lines(phoenixSpans().map(phoenixLayouts[Object.keys(phoenixLayouts)[0]])),
  );
  const runs = here.file("runs.jsonl", `${lines([run(1), run(2), { id: 3 }, run(4)])}\n`);
  const text = ["--text", "body", "--id", "id"];

  const imports: [string, string[], () => void][] = [
    ["rows", [rows, ...text, "--vector", "vector"], () => {}],
    [
      "rows as steps of runs",
      [rows, ...text, "--vector", "vector", "--run", "chat", "--step", "turn", "--model", "model"],
      () => {},
    ],
    ["spans", [spans], () => {}],
    ["runs", [runs], () => {}],
    ["panic-tda of 2025", [old], () => {}],
    ["panic-tda with images", [today], () => {}],
    ["a dump without these images", [dump], () => {}],
    [
      "rows, with the vectors of another model",
      [rows, ...text, "--vector", "vector", "--embedding-model", "other"],
      () => {},
    ],
    ["rows without their vectors, of which some are recorded", [rows, ...text], () => {}],
    [
      "rows of which one has changed, and one is new",
      [rows, ...text, "--vector", "vector"],
      () => writeFileSync(rows, `${table.replace("second", "2nd")}\nt6,sixth,"[1,1,1]",,c,0,GPT\n`),
    ],
    [
      "runs of which one has grown, one has changed, and one is new",
      [runs],
      () => {
        const grown = { sequenceNumber: 1, model: "Teller", type: "TEXT", outputText: "grown" };
        writeFileSync(
          runs,
          lines([
            run(1, { invocations: [...run(1).invocations, grown] }),
            run(2, { initialPrompt: "other" }),
            run(5),
          ]),
        );
      },
    ],
  ];
  for (const [name, args, change] of imports) {
    change();
    for (const again of [false, true]) {
      const expected = await outcome(local(args));
      const got = await outcome(remote(args));
      expect(withoutUndo(got), `${name}${again ? ", again" : ""}`).toBe(withoutUndo(expected));
      expect(undo.test(got)).toBe(undo.test(expected));
    }
  }
  const expected = await contents(here.temporary.app);
  expect(await contents(there.app)).toEqual(expected);
  expect(await recordedRows(there.app)).toEqual(await recordedRows(here.temporary.app));
  expect(expected.runs.length).toBeGreaterThan(20);
  expect(await there.app.database.prisma.importedFile.count()).toBe(0);
});

test("vectors are added to rows that have them as metadata, as in the database", async () => {
  const large = JSON.stringify(Array.from({ length: 3000 }, (_, i) => i / 7));
  const rows = ["[1,2.5]", "[3,4.5]", "pending", "[5,6.5]", large].map((v, n) => ({
    ...{ id: `former ${n}`, text: `former text ${n}`, note: `note ${n}`, v },
  }));
  const withIds = here.file("former.jsonl", lines(rows));
  const options = ["--text", "text", "--id", "id"];
  expect(await outcome(remote([withIds, ...options]))).not.toContain("Error");
  await local([withIds, ...options]);
  for (const { app } of [here.temporary, there]) {
    const { prisma } = app.database;
    for (const { id, note, v } of rows) {
      const metadata = v === large ? null : JSON.stringify({ note: id === "former 3" ? "another" : note, v });
      await prisma.invocation.updateMany({ where: { externalId: id }, data: { metadata } });
    }
  }
  for (const again of [false, true]) {
    const args = [withIds, ...options, "--vector", "v"];
    const expected = await outcome(local(args));
    expect(expected).toContain('is recorded with {"note":"another"}. Given: {"note":"note 3"}');
    expect(withoutUndo(await outcome(remote(args))), again ? "again" : "").toBe(withoutUndo(expected));
  }
  expect(await contents(there.app)).toEqual(await contents(here.temporary.app));
  expect(
    await there.app.database.prisma.embedding.count({
      where: { invocation: { externalId: { startsWith: "former" } } },
    }),
  ).toBe(2);
});

test("a proposal of columns names the server in its command, and asks it nothing", async () => {
  const file = here.file("proposed.csv", table);
  await expect(remote([file], { url: "http://127.0.0.1:1" })).rejects.toThrow("--text body");
});

describe("a server with other limits", () => {
  let guarded: TemporaryApp;
  let close = async () => {};
  afterEach(() => close());

  /** A server of an empty database. @param environment its settings' variables */
  async function serve(environment: Record<string, string> = {}): Promise<string> {
    guarded = await openTemporaryApp();
    const app = { ...guarded.app, settings: readSettings(environment) };
    const limited = createServer(app);
    const address = await limited.listen(0, "127.0.0.1");
    close = async () => {
      await limited.stop(0);
      await guarded.close();
    };
    return address;
  }

  /** A proxy in front of a server. @param act responds itself, by returning true */
  async function proxy(to: string, act: (n: number, response: ServerResponse) => boolean): Promise<string> {
    let count = 0;
    const pass = (from: IncomingMessage, response: ServerResponse) => {
      if (act(++count, response)) {
        from.resume();
        return;
      }
      const onward = request(to + from.url, { method: from.method, headers: from.headers }, (got) => {
        response.writeHead(got.statusCode!, got.headers);
        got.pipe(response);
      });
      from.pipe(onward);
    };
    const between = createHttpServer(pass);
    await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
    const closeServer = close;
    close = async () => {
      between.closeAllConnections();
      await new Promise((resolve) => between.close(resolve));
      await closeServer();
    };
    return `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  }

  const manyRows = (rows: number) =>
    ["id,body,vector", ...Array.from({ length: rows }, (_, i) => `${i},text ${i},"[1,${i}]"`)].join("\n");
  const asRows = ["--text", "body", "--id", "id", "--vector", "vector"];
  const report = async (args: string[], address: string) =>
    JSON.parse(await remote([...args, "--json"], { url: address }));

  test("gets smaller requests where it allows no larger ones, and runs in several that fit in none", async () => {
    const address = await serve({ MEDOID_LIMIT_RECORDING_BYTES: "6000", MEDOID_LIMIT_BODY_BYTES: "6000" });
    expect(await report([here.file("many.csv", manyRows(500)), ...asRows], address)).toMatchObject({
      taken: { runs: 500, invocations: 500, embeddings: { vector: 500 } },
      skipped: [],
    });
    const steps = Array.from(
      { length: 60 },
      (_, i) => `a,${i},step ${i} ${"x".repeat(i === 30 ? 9000 : 200)}`,
    );
    const long = here.file(
      "long.csv",
      ["chat,turn,body", ...steps.slice(0, 30), ...steps.slice(31)].join("\n"),
    );
    const inRuns = ["--text", "body", "--run", "chat", "--step", "turn"];
    expect(await report([long, ...inRuns], address)).toMatchObject({ taken: { runs: 1, invocations: 59 } });
    // The second part refers to the first one.
    const [first, ...others] = await guarded.app.database.prisma.invocation.findMany({
      where: { run: { network: { not: '["id"]' } }, outputText: { startsWith: "step" } },
      orderBy: { sequenceNumber: "asc" },
    });
    expect(first.inputInvocationId).toBeNull();
    expect(others.filter(({ inputInvocationId }) => inputInvocationId === null)).toEqual([]);

    // A run of which a part is refused is not recorded in part.
    const before = await recordedRows(guarded.app);
    const tooLong = here.file("tooLong.csv", ["chat,turn,body", ...steps].join("\n"));
    await expect(remote([tooLong, ...inRuns], { url: address })).rejects.toThrow("Nothing was recorded");
    expect(await recordedRows(guarded.app)).toEqual(before);
  });

  test("is waited for after 429, as long as Retry-After says", async () => {
    let refused = 0;
    const address = await proxy(await serve(), (n, response) => {
      if (n % 2 === 1) return false;
      refused++;
      response.writeHead(429, { "Retry-After": "0" }).end();
      return true;
    });
    const file = here.file("refused.csv", manyRows(450));
    expect(await report([file, ...asRows], address)).toMatchObject({ taken: { runs: 450 } });
    expect(refused).toBeGreaterThan(3);
  });

  test("that goes away midway ends the import with what to do, and the import continues when it is run again", async () => {
    const address = await serve();
    const file = here.file("away.csv", manyRows(900));
    // After four requests, in the middle of the runs, every connection breaks.
    const broken = await proxy(address, (n, response) => {
      if (n > 5) response.destroy();
      return n > 5;
    });
    const failed = remote([file, ...asRows], { url: broken });
    await expect(failed).rejects.toThrow(CommandError);
    await expect(failed).rejects.toThrow(
      /cannot be reached.* What was recorded so far stays; run the command again/,
    );
    const { runs, embeddings } = await recordedRows(guarded.app);
    expect(runs).toBeGreaterThan(0);
    expect(runs).toBeLessThan(900);
    expect(embeddings).toEqual({ vector: runs });
    expect(await report([file, ...asRows], address)).toMatchObject({
      taken: { runs: 900 - runs, embeddings: { vector: 900 - runs } },
      alreadyThere: { runs, embeddings: { vector: runs } },
      skipped: [],
    });
  });

  test("an import is stopped between its requests, also while it waits", async () => {
    const stop = new AbortController();
    const address = await proxy(await serve(), (n, response) => {
      if (n < 4) return false;
      response.writeHead(429, { "Retry-After": "60" }).end();
      stop.abort();
      return true;
    });
    const stopped = remote(
      [here.file("stopped.csv", manyRows(900)), ...asRows],
      { url: address },
      stop.signal,
    );
    await expect(stopped).rejects.toThrow(InterruptedError);
    await expect(stopped).rejects.toThrow(
      "What was recorded so far stays; run the command again to continue.",
    );
  });

  test("with keys needs one that may read and record, before anything is read or recorded", async () => {
    const address = await serve();
    const key = async (scopes: ("read" | "write")[]) =>
      (await createApiKey(guarded.app.database.prisma, { name: scopes.join(), scopes })).key;
    const keys = {
      read: await key(["read"]),
      write: await key(["write"]),
      both: await key(["read", "write"]),
    };
    const file = here.file("keys.csv", manyRows(3));
    const importWith = (given?: string) => remote([file, ...asRows], { url: address, key: given });
    await expect(importWith()).rejects.toThrow("requires an API key: set the variable MEDOID_API_KEY.");
    await expect(importWith("medoid_x")).rejects.toThrow("does not accept the API key in MEDOID_API_KEY");
    await expect(importWith(keys.read)).rejects.toThrow("does not have the scope write");
    await expect(importWith(keys.write)).rejects.toThrow("does not have the scope read");
    expect(await recordedRows(guarded.app)).toMatchObject({ runs: 0 });
    await importWith(keys.both);
    expect(await recordedRows(guarded.app)).toMatchObject({ runs: 3 });
  });

  test("leaves out, with its reason, what the API cannot record", async () => {
    const address = await serve();
    const content = panicTdaContent(2, 4);
    content.invocations[2].input_invocation_id = null;
    const path = join(here.folder, "inputless.sqlite");
    writePanicTda(path, content).close();
    const got = await report([path], address);
    expect(got).toMatchObject({ taken: { runs: 1, invocations: 4 } });
    expect(got.skipped).toContainEqual(
      expect.objectContaining({
        what: "run",
        count: 1,
        reason: "an invocation without an input follows others, which the API cannot record",
      }),
    );
    const large = here.file("large.jsonl", '{"body":"large","size":1e20}\n{"body":"small","size":1}');
    const rows = await report([large, "--text", "body"], address);
    expect(rows).toMatchObject({ taken: { runs: 1 } });
    expect(rows.skipped).toEqual([
      { what: "row", reason: "its metadata has a value that must be a text", count: 1, example: "row 1" },
    ]);
  });
});

test("the API of importing runs takes a server too", async () => {
  const path = here.file("more.jsonl", lines([run(11), run(12)]));
  const report = await importRunLines({ server: { url } }, path);
  expect(report.taken).toEqual({ runs: 2, invocations: 2, images: 2, embeddings: { Felt: 2, Seen: 2 } });
});
