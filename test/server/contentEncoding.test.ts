import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as contentEncoding from "../../src/server/contentEncoding.js";
import { id, writeClustering, writeRuns } from "../fixtures.js";
import { type ServedFixture, serveFixture } from "./servedFixture.js";

vi.mock("node:zlib", async (original) => {
  const zlib = await original<typeof import("node:zlib")>();
  return { ...zlib, gzip: countingCalls(zlib.gzip), brotliCompress: countingCalls(zlib.brotliCompress) };
});

let compressions = 0;
function countingCalls<Arguments extends unknown[]>(compress: (...given: Arguments) => void) {
  return (...given: Arguments) => {
    compressions++;
    compress(...given);
  };
}

let served: ServedFixture;
beforeAll(async () => {
  served = await serveFixture();
  await writeRuns(served.fixture, { runs: 2, text: (n) => `a text that is not short, number ${n}` });
  await writeClustering(served.fixture, { embeddings: 10, assign: (n) => ({ label: n % 2 }) });
});
afterAll(() => served.close());

const long = `query($id: ID!) { clusteringResult(id: $id) { clusters { edges { node { id medoidText
  members { edges { node { id invocation { id outputText run { id initialPrompt } } } } } } } } } }`;
const variables = { id: id("ClusteringResult", 0) };
const asGet = (query: string) =>
  `/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;

interface Raw {
  status: number;
  headers: Record<string, string | undefined>;
  bytes: Buffer;
}

/** The response as it is sent, which fetch does not show. */
function raw(method: string, path: string, headers: Record<string, string>, body?: object): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = request(
      served.address + path,
      {
        method,
        headers: { "x-graphql-require-preflight": "1", "content-type": "application/json", ...headers },
      },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const bytes = Buffer.concat(chunks);
        resolve({ status: response.statusCode!, headers: response.headers as Raw["headers"], bytes });
      },
    );
    sent.on("error", reject);
    sent.end(body && JSON.stringify(body));
  });
}

const ask = (acceptEncoding?: string, query = long) =>
  raw("POST", "/graphql", acceptEncoding === undefined ? {} : { "accept-encoding": acceptEncoding }, {
    query,
    variables,
  });

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  br: (bytes) => brotliDecompressSync(bytes),
  gzip: (bytes) => gunzipSync(bytes),
};
function textOf({ headers, bytes }: Raw): string {
  const encoding = headers["content-encoding"];
  expect(headers["content-length"]).toBe(String(bytes.length));
  return (encoding === undefined ? bytes : decoders[encoding](bytes)).toString();
}

describe("a response is compressed", () => {
  test.each([
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["br;q=0.5, gzip", "gzip"],
    ["gzip;q=0, br;q=0.1", "br"],
    ["*", "br"],
    ["br;q=0, *", "gzip"],
    [undefined, undefined],
    ["", undefined],
    ["deflate", undefined],
    ["gzip;q=0", undefined],
    ["*;q=0", undefined],
    ["identity, gzip;q=0.5", undefined],
    ["identity;q=0, *;q=0", undefined],
  ])("if the client accepts %j: as %s", async (accepted, encoding) => {
    const plain = await ask();
    for (const _ of ["when it is new", "when it is cached"]) {
      const response = await ask(accepted);
      expect([response.status, response.headers["content-encoding"]]).toEqual([200, encoding]);
      expect(response.headers.vary).toContain("Accept-Encoding");
      expect(textOf(response)).toBe(plain.bytes.toString());
      if (encoding) expect(response.bytes.length).toBeLessThan(plain.bytes.length / 2);
    }
  });

  test("once, if it is cached, by GET too", async () => {
    const query = `${long} # of its own`;
    const requests: (() => Promise<Raw>)[] = [
      () => ask("gzip", query),
      () => raw("GET", asGet(query), { "accept-encoding": "br" }),
    ];
    compressions = 0;
    for (const each of requests) {
      const texts = [];
      for (let n = 0; n < 5; n++) texts.push(textOf(await each()));
      expect(new Set(texts).size).toBe(1);
    }
    expect(compressions).toBe(2);
  });

  test("unless it is short", async () => {
    const response = await ask("br, gzip", "{ __typename }");
    expect(response.headers).not.toHaveProperty("content-encoding");
    expect(JSON.parse(textOf(response)).data).toEqual({ __typename: "Query" });
  });

  test("under one ETag, for which 304 has no body, whichever encoding the client received before", async () => {
    const first = await raw("GET", asGet(long), { "accept-encoding": "gzip" });
    expect(first.headers).toMatchObject({ etag: expect.stringMatching(/^W\/"/), "content-encoding": "gzip" });
    for (const accepted of ["gzip", "br", "identity"]) {
      const known = { "accept-encoding": accepted, "if-none-match": first.headers.etag! };
      for (const _ of ["when it is new", "when it is cached"]) {
        const { status, headers, bytes } = await raw("GET", asGet(long), known);
        expect([status, bytes.length, headers.etag]).toEqual([304, 0, first.headers.etag]);
        expect(headers).not.toHaveProperty("content-encoding");
        expect(headers.vary).toContain("Accept-Encoding");
      }
    }
  });

  test("if it is an error, a schema, metrics or GraphiQL's page", async () => {
    const errors = await ask(
      "gzip",
      `{ ${"unknown ".repeat(3)} ${Array.from({ length: 9 }, (_, n) => `unknown${n}`).join(" ")} }`,
    );
    expect(errors.headers["content-encoding"]).toBe("gzip");
    expect(JSON.parse(textOf(errors)).errors.length).toBeGreaterThan(9);
    for (const path of ["/schema.graphql", "/metrics"]) {
      const plain = await raw("GET", path, {});
      for (const encoding of ["br", "gzip"]) {
        const response = await raw("GET", path, { "accept-encoding": encoding });
        expect(response.headers["content-encoding"]).toBe(encoding);
        expect(textOf(response).slice(0, 100)).toBe(plain.bytes.toString().slice(0, 100));
      }
    }
    const page = await raw("GET", "/graphql", { accept: "text/html", "accept-encoding": "br" });
    expect(page.headers["content-encoding"]).toBe("br");
    expect(textOf(page)).toContain("<!doctype html>");
  });

  test("but not for HEAD, events or images", async () => {
    const schema = await raw("HEAD", "/schema.graphql", { "accept-encoding": "br" });
    expect([schema.status, schema.bytes.length]).toEqual([200, 0]);
    const events = await raw(
      "POST",
      "/graphql",
      { accept: "text/event-stream", "accept-encoding": "gzip" },
      { query: long, variables },
    );
    expect(events.headers["content-type"]).toMatch(/^text\/event-stream/);
    expect(events.headers).not.toHaveProperty("content-encoding");
    expect(events.bytes.toString()).toMatch(/^(:|event: next)/);
    const image = await raw("GET", `/images/${id("Invocation", 0).slice("Invocation:".length)}`, {
      "accept-encoding": "gzip",
    });
    expect(image.status).toBe(200);
    expect(image.headers).not.toHaveProperty("content-encoding");
  });
});

test("compressing leaves the text unchanged", async () => {
  const text = Buffer.from("é".repeat(5_000));
  expect(gunzipSync(await contentEncoding.compress(text, "gzip"))).toEqual(text);
  expect(brotliDecompressSync(await contentEncoding.compress(text, "br"))).toEqual(text);
});
