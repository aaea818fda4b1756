import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPage, viewPath } from "../../../src/server/pages/page.js";
import { type Route, readRoute, routeAddress } from "../../../web/router/route.js";
import { id, uuid, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

let served: ServedFixture;
beforeAll(async () => {
  served = await serveFixture();
});
afterAll(() => served.close());

const someId = uuid("ClusteringResult", 0);
const views: Exclude<Route, { view: "unknown" }>[] = [
  { view: "results" },
  { view: "result", result: someId },
  { view: "cluster", result: someId, label: 12 },
  { view: "outliers", result: someId },
  { view: "sweep", result: someId },
  { view: "merges", result: someId, branch: null },
  { view: "merges", result: someId, branch: 31 },
  { view: "compare", from: someId, to: uuid("ClusteringResult", 1) },
  { view: "run", run: someId, result: null, step: null },
  { view: "run", run: someId, result: null, step: 0 },
  { view: "run", run: someId, result: uuid("ClusteringResult", 1), step: 1234 },
];

/** The addresses that a page loads, as a browser at its address resolves them. */
function loaded(html: string, address: string): string[] {
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target]) => new URL(target, address).pathname);
}

describe("the page", () => {
  test.each(views.map((view) => [routeAddress(view, new URL("http://medoid.test/")), view] as const))(
    "is served at %s, and shows what the address says",
    async ({ pathname, search }, view) => {
      const response = await served.get(`${pathname}${search}`);
      expect([response.status, response.headers.get("content-type")]).toEqual([
        200,
        "text/html; charset=utf-8",
      ]);
      for (const root of ["http://medoid.test/", "https://medoid.test/below/a/path/"]) {
        const address = new URL(`.${pathname}${search}`, root);
        expect(readRoute(address, new URL(root))).toEqual(view);
        // Its files are found from every view, and below every path.
        const files = loaded(await (await served.get(`${pathname}${search}`)).text(), address.href);
        expect(files.length).toBeGreaterThanOrEqual(3);
        for (const file of files) {
          expect(file).toMatch(new RegExp(`^${new URL(root).pathname}assets/[\\w.-]+$`));
          expect((await served.get(`/${file.slice(new URL(root).pathname.length)}`)).status).toBe(200);
        }
      }
    },
  );

  test.each([
    "/results",
    "/results/",
    "/results/x/y",
    "/results/x/clusters",
    "/results/x/clusters/y",
    "/runs/",
    "/runs/x/y",
    "/compare/x",
    "/compare/x/y/z",
    "/index.html",
    "/assets",
    "/assets/",
    "/documents.json",
    "/assets/../documents.json",
    "/assets/%2e%2e/documents.json",
    "/.built",
  ])("is not served at %s", async (path) => {
    expect(viewPath.test(path)).toBe(false);
    expect(readRoute(new URL(path, "http://medoid.test/results/"), new URL("http://medoid.test/"))).toEqual({
      view: "unknown",
    });
    expect((await served.get(path)).status).toBe(404);
    // A browser gets the page all the same, which says that there is no such view.
    const response = await served.get(path, { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      404,
      "text/html; charset=utf-8",
    ]);
  });

  test("loads nothing from elsewhere, runs only its own scripts, and cannot be framed", async () => {
    const { headers } = await served.get("/");
    expect(headers.get("content-security-policy")?.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' blob: data:",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    const html = await (await served.get("/")).text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:/);
  });

  test("is asked for again each time, but sent only when it has changed", async () => {
    const response = await served.get("/");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    const tag = response.headers.get("etag")!;
    const again = await served.get("/", { "If-None-Match": tag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect(again.headers.get("content-security-policy")).toBe(
      response.headers.get("content-security-policy"),
    );
  });

  test("has files that are compressed and never asked for again", async () => {
    const files = loaded(await (await served.get("/")).text(), served.address);
    for (const file of files) {
      const plain = await served.get(file, { "Accept-Encoding": "identity" });
      expect(plain.headers.get("content-encoding")).toBeNull();
      const text = await plain.text();
      for (const encoding of ["gzip", "br"]) {
        const response = await served.get(file, { "Accept-Encoding": encoding });
        expect(response.headers.get("content-encoding")).toBe(encoding);
        expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
        expect(response.headers.get("vary")).toContain("Accept-Encoding");
        expect(await response.text()).toBe(text);
      }
      expect(Number(plain.headers.get("content-length"))).toBe(Buffer.byteLength(text));
    }
  });

  test("can be turned off: GraphiQL takes its place, or nothing", async () => {
    const files = loaded(await (await served.get("/")).text(), served.address);
    for (const graphiql of ["on", "off"]) {
      const other = await serveFixture({ MEDOID_PAGE: "off", MEDOID_GRAPHIQL: graphiql });
      const answer = await fetch(`${other.address}/`, { redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual(
        graphiql === "on" ? [302, "graphql"] : [404, null],
      );
      for (const path of [`/results/${someId}`, ...files]) expect((await other.get(path)).status).toBe(404);
      await other.close();
    }
  });

  test("knows whether there is GraphiQL, and whether documents are sent", async () => {
    const options = async (environment: Record<string, string>) => {
      const other = await serveFixture(environment);
      const html = await (await other.get("/")).text();
      await other.close();
      return /<html ([^>]*)>/.exec(html)![1];
    };
    expect(await options({})).toBe('data-graphiql="true" data-documents-only="false" lang="en"');
    expect(await options({ MEDOID_GRAPHIQL: "off" })).toBe(
      'data-graphiql="false" data-documents-only="false" lang="en"',
    );
  });
});

describe("the page's documents", () => {
  test("are trusted where only trusted documents are, while the page is served", async () => {
    const folder = mkdtempSync(join(tmpdir(), "medoid-documents-"));
    writeFileSync(`${folder}/documents.json`, JSON.stringify({ own: "{ __typename }" }));
    const documents = { MEDOID_DOCUMENTS: `${folder}/documents.json`, MEDOID_DOCUMENTS_ONLY: "on" };
    const [known] = Object.entries(readPage().documents).find(([, text]) =>
      text.startsWith("query Results"),
    )!;
    const send = async (environment: Record<string, string>) => {
      const other = await serveFixture({ ...documents, ...environment });
      await writeRuns(other.fixture);
      const outcomes = [];
      for (const operation of [
        { documentId: known, variables: { first: 1 } },
        { documentId: "own" },
        { query: "{ __typename }" },
      ]) {
        const { data, errors } = await (await other.post(operation)).json();
        outcomes.push(errors ? errors[0].extensions.code : Object.keys(data).join());
      }
      await other.close();
      return outcomes;
    };
    expect(await send({})).toEqual(["clusteringResults,embeddingModels", "__typename", "INVALID_INPUT"]);
    expect(await send({ MEDOID_PAGE: "off" })).toEqual([
      "PERSISTED_QUERY_NOT_FOUND",
      "__typename",
      "INVALID_INPUT",
    ]);
    rmSync(folder, { recursive: true });
  });

  test("are within the limits of documents", async () => {
    const texts = Object.values(readPage().documents);
    expect(texts.length).toBeGreaterThanOrEqual(10);
    for (const query of texts) {
      const [definition] = parse(query).definitions;
      const { operation, variableDefinitions = [] } = definition as Extract<
        typeof definition,
        { operation: unknown }
      >;
      if (operation !== "query") continue;
      const variables = Object.fromEntries(
        variableDefinitions
          .filter(({ type, defaultValue }) => type.kind === "NonNullType" && !defaultValue)
          .map(({ variable, type }) => [variable.name.value, exampleOf(JSON.stringify(type), query)]),
      );
      const { errors } = await (await served.post({ query, variables })).json();
      expect(errors, query).toBeUndefined();
    }
  });

  function exampleOf(type: string, query: string): unknown {
    if (type.includes('"Int"')) return 1;
    if (type.includes('"Float"')) return [1];
    if (type.includes('"Boolean"')) return true;
    // Only `node` needs to be told the type.
    if (type.includes('"ID"')) return query.includes("node(id") ? id("Embedding", 0) : uuid("Run", 0);
    if (type.includes('"String"')) return "words";
    if (type.includes('"SweepInput"')) return { minClusterSizes: [5] };
    return { embeddingModel: "words" };
  }
});
