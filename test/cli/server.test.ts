import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readServerAddress } from "../../src/cli/api/server.js";
import { serverApi } from "../../src/cli/api/serverApi.js";
import type { Cli } from "../../src/cli/cli.js";
import { addClusterCommand } from "../../src/cli/commands/cluster.js";
import { addDeleteCommand } from "../../src/cli/commands/delete.js";
import { addExportCommand } from "../../src/cli/commands/export.js";
import { addImageCommand } from "../../src/cli/commands/image.js";
import { addModelsCommand } from "../../src/cli/commands/models.js";
import { addResultsCommand } from "../../src/cli/commands/results.js";
import { addRunCommand } from "../../src/cli/commands/run.js";
import { addRunsCommand } from "../../src/cli/commands/runs.js";
import { addShowCommand } from "../../src/cli/commands/show.js";
import { addVerifyCommand } from "../../src/cli/commands/verify.js";
import { ArgumentError, CommandError } from "../../src/cli/process.js";
import { createProgram } from "../../src/cli/program.js";
import type { ServerAddress } from "../../src/remote/serverAddress.js";
import { createApiKey } from "../../src/server/access/apiKeys.js";
import { createServer } from "../../src/server/server.js";
import { writeExported } from "../export/exportedFixture.js";
import { id, uuid } from "../fixtures.js";
import { type ServedFixture, serveFixture } from "../server/servedFixture.js";
import { groupedRows, openTemporaryApp, writeRun } from "../temporaryApp.js";
import { commandOutput } from "./commandOutput.js";
import { selfSigned } from "./selfSigned.js";

let served: ServedFixture;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-server-"));
  served = await serveFixture();
  await writeExported(served.fixture);
});
afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

type Add = (program: Command, cli: () => Cli) => void;
const local = (add: Add, args: string[]) => commandOutput(served.fixture, add, args);
const remote = (add: Add, args: string[], server: ServerAddress = { url: served.address }) =>
  commandOutput(served.fixture, add, args, {
    server,
    open: () => Promise.reject(new Error("The database must not be opened.")),
  });

/** The rejection's message, or the output. */
const outcome = (printed: Promise<string>) =>
  printed.catch((error: Error) => `${error.name}: ${error.message}`);

describe("a command prints the same from a server as from the database", () => {
  const unknown = id("ClusteringResult", 9);
  test.each<[string, Add, string[]]>([
    ["results", addResultsCommand, ["results"]],
    ["results as JSON", addResultsCommand, ["results", "--first", "1", "--json"]],
    ["models", addModelsCommand, ["models"]],
    ["models as JSON", addModelsCommand, ["models", "--json"]],
    ["show", addShowCommand, ["show"]],
    ["an unknown result", addShowCommand, ["show", unknown]],
    ["an unknown embedding model", addShowCommand, ["show", "--embedding-model", "none"]],
    ["a queued result", addShowCommand, ["show", id("ClusteringResult", 2), "--json"]],
    ["runs", addRunsCommand, ["runs", "--first", "2"]],
    ["run", addRunCommand, ["run", id("Run", 0)]],
    ["run as JSON", addRunCommand, ["run", id("Run", 0), "--json"]],
    ["export as CSV", addExportCommand, ["export", "--format", "csv"]],
    [
      "export of clusters",
      addExportCommand,
      ["export", "--table", "clusters", "--format", "jsonl", "--vectors"],
    ],
    ["export of an unknown result", addExportCommand, ["export", unknown, "--format", "csv"]],
    ["export of a queued result", addExportCommand, ["export", id("ClusteringResult", 2), "--format", "csv"]],
    ["delete of an unknown result", addDeleteCommand, ["delete", unknown]],
    ["a refused option", addClusterCommand, ["cluster", "--embedding-model", "words", "--min-samples", "0"]],
    ["an image that does not exist", addImageCommand, ["image", id("Invocation", 1)]],
  ])("%s", async (_, add, args) => {
    const expected = await outcome(local(add, args));
    const got = await outcome(remote(add, args));
    // Only a server has addresses at which it serves images; without it, the command to see one is printed.
    const withCommands = got.replaceAll(
      new RegExp(`(?<=  image .*), ${served.address}/images/(\\S+)`, "g"),
      ": `medoid image Invocation:$1 --out image.svg`",
    );
    expect(withCommands.replaceAll(`${served.address}/images/`, "/images/")).toBe(expected);
    expect(expected.length).toBeGreaterThan(10);
  });

  test("export to files, with what is known about the result", async () => {
    const [here, there] = [join(folder, "here.csv"), join(folder, "there.csv")];
    const printed = await local(addExportCommand, ["export", "--out", here]);
    const fromServer = await remote(addExportCommand, ["export", "--out", there]);
    expect(fromServer).toBe(printed.replaceAll(here, there));
    for (const ending of ["", ".meta.json"]) {
      expect(readFileSync(there + ending, "utf8")).toBe(readFileSync(here + ending, "utf8"));
    }
  });

  test("cluster starts the clustering there, waits and shows the same; delete removes it", async () => {
    const temporary = await openTemporaryApp();
    const { app, databaseUrl } = temporary;
    await writeRun(app, groupedRows(2, 10));
    await app.queue.start();
    const server = createServer(app);
    try {
      const printed = (add: Add, args: string[], options: Partial<Cli>) =>
        commandOutput({ app, url: databaseUrl }, add, args, options);
      const atServer = { server: { url: await server.listen(0, "127.0.0.1") } };
      const clustered = await printed(addClusterCommand, ["cluster", "--min-cluster-size", "3"], atServer);
      const [resultId] = /ClusteringResult:\S+/.exec(clustered)!;
      expect(clustered).toContain("2 clusters, 0 outliers");
      expect(clustered).toBe(await printed(addShowCommand, ["show", resultId], {}));
      const verified = await printed(addVerifyCommand, ["verify", resultId], atServer);
      expect(verified).toBe(await printed(addVerifyCommand, ["verify", resultId], {}));
      expect(verified).toContain("20 equal");
      expect(await printed(addDeleteCommand, ["delete", resultId], atServer)).toBe(`Deleted ${resultId}.\n`);
      expect(await app.database.prisma.clusteringResult.count()).toBe(0);
    } finally {
      await server.stop(0);
      await temporary.close();
    }
  });
});

describe.each([false, true])(
  "a server whose MEDOID_BASE_URL cannot be reached from here, with keys: %s",
  (hasKeys) => {
    let internal: ServedFixture;
    let server: ServerAddress;
    beforeAll(async () => {
      internal = await serveFixture({ MEDOID_BASE_URL: "https://medoid.invalid/images/below" });
      await writeExported(internal.fixture);
      const { prisma } = internal.fixture;
      const key = hasKeys ? (await createApiKey(prisma, { name: "k", scopes: ["read"] })).key : undefined;
      server = { url: internal.address, key };
    });
    afterAll(() => internal.close());

    test("is exported from at the address that --server names", async () => {
      const out = join(folder, `internal-${hasKeys}.csv`);
      const args = ["export", "--vectors", "--out", out];
      expect(await remote(addExportCommand, args, server)).toContain("Wrote 15 assignments");
      expect(readFileSync(out, "utf8").split("\n").length).toBeGreaterThan(15);
      expect(JSON.parse(readFileSync(`${out}.meta.json`, "utf8"))).toMatchObject({ rowCount: 15 });
      const clusters = ["export", "--table", "clusters", "--format", "jsonl"];
      expect(await remote(addExportCommand, clusters, server)).toBe(await local(addExportCommand, clusters));
    });

    test("images are written; the addresses that are printed are those that the server gives", async () => {
      const out = join(folder, `internal-${hasKeys}.svg`);
      await remote(addImageCommand, ["image", id("Invocation", 0), "--out", out], server);
      expect(readFileSync(out)).toEqual(Buffer.from((await imageOf(internal)).bytes));
      const shown = await remote(addShowCommand, ["show"], server);
      expect(shown).toContain("https://medoid.invalid/images/below/images/");
    });
  },
);

const imageOf = ({ fixture }: ServedFixture) =>
  fixture.prisma.outputImage.findUniqueOrThrow({ where: { invocationId: uuid("Invocation", 0) } });

describe("a server that requires keys", () => {
  let guarded: ServedFixture;
  let key: string;
  beforeAll(async () => {
    guarded = await serveFixture();
    await writeExported(guarded.fixture);
    ({ key } = await createApiKey(guarded.fixture.prisma, { name: "reader", scopes: ["read"] }));
  });
  afterAll(() => guarded.close());

  test("is read and exported from with a key", async () => {
    const server = { url: guarded.address, key };
    const out = join(folder, "guarded.csv");
    expect(await remote(addExportCommand, ["export", "--out", out], server)).toContain(
      "Wrote 15 assignments",
    );
    expect(JSON.parse(readFileSync(`${out}.meta.json`, "utf8"))).toMatchObject({ rowCount: 15 });
    expect(await remote(addShowCommand, ["show"], server)).toContain("2 clusters, 3 outliers");
  });

  test("refuses no key, an unknown key, and a key without the scope, in words that name MEDOID_API_KEY", async () => {
    const { address } = guarded;
    await expect(remote(addShowCommand, ["show"], { url: address })).rejects.toThrow(
      `The server ${address} requires an API key: set the variable MEDOID_API_KEY.`,
    );
    await expect(remote(addShowCommand, ["show"], { url: address, key: "medoid_x" })).rejects.toThrow(
      `The server ${address} does not accept the API key in MEDOID_API_KEY: it is unknown or revoked.`,
    );
    const deletion = remote(addDeleteCommand, ["delete", id("ClusteringResult", 0)], { url: address, key });
    await expect(deletion).rejects.toThrow("does not have the scope write");
    expect(await guarded.fixture.prisma.clusteringResult.count()).toBe(2);
  });
});

describe("another server than a Medoid, or one that is not well", () => {
  let close = async () => {};
  afterEach(() => close());

  /** A server that responds in this way, and counts. */
  async function listen(respond: (request: IncomingMessage, response: ServerResponse, n: number) => void) {
    const requests: string[] = [];
    const server = createHttpServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      request.resume();
      respond(request, response, requests.length);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    close = () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, requests };
  }
  const api = (url: string, signal = new AbortController().signal) => serverApi({ url }, signal);
  const query = "query Q { embeddingModels { id } }";
  const mutation = "mutation M { deleteRun(id: 1) { __typename } }";
  const respondWell = (response: ServerResponse) => response.end('{"data":{"embeddingModels":[]}}');

  test("a port at which nobody listens", async () => {
    const { url } = await listen(() => {});
    await close();
    close = async () => {};
    await expect(api(url).execute(query)).rejects.toThrow(
      `No server listens at ${url}: the connection was refused.`,
    );
  });

  test("a host that does not exist", async () => {
    await expect(api("http://medoid.invalid:4000").execute(query)).rejects.toThrow(
      "The host medoid.invalid of --server is not found.",
    );
  });

  test("https:// of a server that does not speak TLS", async () => {
    const { url } = await listen((_request, response) => respondWell(response));
    const address = url.replace("http:", "https:");
    await expect(api(address).execute(query)).rejects.toThrow(
      `The server ${address} does not speak TLS. Its address is perhaps ${url}.`,
    );
  });

  test("a certificate that nobody has signed", async () => {
    const server = createHttpsServer(selfSigned, (_request, response) => respondWell(response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    close = async () => void server.close();
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const refused = api(url).execute(query);
    await expect(refused).rejects.toThrow(CommandError);
    await expect(refused).rejects.toThrow(
      new RegExp(`^The certificate of ${url} is not trusted: .* NODE_EXTRA_CA_CERTS names a file`),
    );
  });

  test.each<[string, (response: ServerResponse) => void, string]>([
    [
      "a page",
      (response) => response.writeHead(404).end("<h1>Not found</h1>"),
      "is not the API of a Medoid server (HTTP 404)",
    ],
    ["other JSON", (response) => response.end("[1]"), "is not the API of a Medoid server (HTTP 200)"],
    [
      "a redirection",
      (response) => response.writeHead(302, { Location: "https://elsewhere/" }).end(),
      "redirects to https://elsewhere/.",
    ],
  ])("%s", async (_, respond, message) => {
    const { url, requests } = await listen((_request, response) => respond(response));
    const refused = api(url).execute(query);
    await expect(refused).rejects.toThrow(CommandError);
    await expect(refused).rejects.toThrow(message);
    expect(requests).toEqual(["POST /graphql"]);
  });

  test("is asked again after 429, for queries and mutations, when Retry-After says", async () => {
    for (const document of [query, mutation]) {
      const { url, requests } = await listen((_request, response, n) =>
        n === 1 ? response.writeHead(429, { "Retry-After": "0" }).end() : respondWell(response),
      );
      await api(url).execute(document);
      expect(requests).toHaveLength(2);
      await close();
    }
  });

  test("is not asked again if Retry-After is longer than a command should wait", async () => {
    const { url, requests } = await listen((_request, response) =>
      response.writeHead(429, { "Retry-After": "600" }).end('{"errors":[{"message":"Come back in 600 s."}]}'),
    );
    await expect(api(url).execute(query)).rejects.toThrow(
      `The server ${url} refuses this: Come back in 600 s.`,
    );
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["is unavailable", (response: ServerResponse) => response.writeHead(503, { "Retry-After": "0" }).end()],
    ["breaks the connection", (response: ServerResponse) => response.destroy()],
  ])("a query is repeated, a mutation is not, if it %s", async (_, fail) => {
    const { url, requests } = await listen((_request, response, n) =>
      n < 3 ? fail(response) : respondWell(response),
    );
    await expect(api(url).execute(mutation)).rejects.toThrow(/unavailable \(HTTP 503\)|cannot be reached/);
    expect(requests).toHaveLength(1);
    expect(await api(url).execute(query)).toEqual({ embeddingModels: [] });
    expect(requests).toHaveLength(3);
  });

  test("another version is named if it does not know a field", async () => {
    const { url } = await listen((request, response) =>
      request.url === "/health/live"
        ? response.end('{"live":true,"version":"0.0.9"}')
        : response
            .writeHead(400)
            .end(
              '{"errors":[{"message":"Cannot query field \\"x\\".","extensions":{"code":"INVALID_INPUT"}}]}',
            ),
    );
    await expect(api(url).execute(query)).rejects.toThrow(
      /^The server http:\S+ has the version 0\.0\.9, this command \S+: Cannot query field "x"\. Use the same version\.$/,
    );
  });

  test("below a path, the addresses of its files are below the path too; a file that is cut off is not kept", async () => {
    const path = `/exports/${uuid("ClusteringResult", 0)}/assignments.parquet`;
    const { url, requests } = await listen((request, response) => {
      if (request.url === "/medoid/graphql") {
        const clusteringResult = {
          id: id("ClusteringResult", 0),
          status: "SUCCEEDED",
          embeddingCount: 1,
          clusterCount: 1,
          exportUrl: `http://${request.headers.host}${path}?signature=s`,
        };
        response.end(JSON.stringify({ data: { clusteringResult } }));
        return;
      }
      response.writeHead(200, { "Content-Length": 100 });
      response.write("PAR1", () => response.destroy());
    });
    const out = join(folder, "cut.parquet");
    const args = ["export", uuid("ClusteringResult", 0), "--out", out];
    await expect(remote(addExportCommand, args, { url: `${url}/medoid` })).rejects.toThrow(
      "ended the connection before the whole file was sent",
    );
    expect(requests).toEqual(["POST /medoid/graphql", `GET /medoid${path}?signature=s`]);
    expect(readdirSync(folder).filter((name) => name.startsWith("cut"))).toEqual([]);
  });

  test("that does not respond is left at Ctrl-C", async () => {
    const stop = new AbortController();
    const { url } = await listen(() => stop.abort());
    await expect(api(url, stop.signal).execute(query)).rejects.toMatchObject({ exitCode: 130 });
  });
});

describe("--server", () => {
  test.each([
    ["http://127.0.0.1:4000", "http://127.0.0.1:4000"],
    ["http://127.0.0.1:4000/", "http://127.0.0.1:4000"],
    ["https://example.org/medoid/graphql", "https://example.org/medoid"],
    ["https://example.org/graphql/", "https://example.org"],
  ])("%s is the server %s", (given, url) => {
    expect(readServerAddress(given, undefined)).toEqual({ url, key: undefined });
  });

  test.each([
    ["localhost:4000", undefined, "must be an address that begins with http:// or https://"],
    ["ftp://host", undefined, "must be an address that begins with http:// or https://"],
    ["http://me:secret@host", undefined, "has a user or a password. An API key goes into MEDOID_API_KEY."],
    ["http://host?x=1", undefined, "without ? and #"],
    ["http://host", "a key\n", "MEDOID_API_KEY is not an API key"],
    ["http://host", "", "MEDOID_API_KEY is not an API key"],
  ])("%s with the key %j is refused", (given, key, message) => {
    expect(() => readServerAddress(given, key)).toThrow(message);
    expect(() => readServerAddress(given, key)).toThrow(ArgumentError);
  });

  test.each([
    [
      "copy",
      ["copy", "--from", "a.db", "--to", "b.db"],
      "--server: `medoid copy` needs the database itself. Run it with --database-url",
    ],
    ["migrate", ["migrate"], "--server: `medoid migrate` needs the database itself."],
    ["keys list", ["keys", "list"], "--server: `medoid keys list` needs the database itself."],
    ["show", ["show", "--database-url", "a.db"], "Give either --server or --database-url."],
  ])("%s refuses it with what to do", async (_, args, message) => {
    const program = createProgram(new AbortController().signal);
    const refused = program.parseAsync([...args, "--server", "http://127.0.0.1:1"], { from: "user" });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(ArgumentError);
  });
});
