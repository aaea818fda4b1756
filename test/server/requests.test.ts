import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Fixture, id, openFixture, uuid, writeQueuedClustering, writeRuns } from "../fixtures.js";
import { type LimitedServer, serveLimited } from "./limits/limitedServer.js";

let fixture: Fixture;
let server: LimitedServer;
/** Accepts lists of operations. */
let batching: LimitedServer;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
  await writeQueuedClustering(fixture, 0);
  server = await serveLimited(fixture);
  batching = await serveLimited(fixture, { limitBatch: 3 });
});
beforeEach(() => expect(fixture.internalErrors).toEqual([]));
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await Promise.all([server.stop(0), batching.stop(0)]);
  await fixture.close();
});

interface RawResponse {
  status: number;
  head: string;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into responses as they please
  json: any;
  /** The code of the first error. */
  message: string | undefined;
}

/** Sends the bytes unchanged. */
async function sendRaw(bytes: Buffer, to = server): Promise<RawResponse> {
  const socket = connect(Number(new URL(to.address).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(bytes);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  await once(socket, "close");
  const text = Buffer.concat(chunks).toString();
  const [head, ...rest] = text.split("\r\n\r\n");
  let body = rest.join("\r\n\r\n");
  if (/transfer-encoding: chunked/i.test(head))
    body = body
      .split("\r\n")
      .filter((_, n) => n % 2 === 1)
      .join("");
  const json = /^[[{]/.test(body) ? JSON.parse(body) : undefined;
  return { status: Number(head.slice(9, 12)), head, body, json, message: json?.errors?.[0].message };
}

/** Sends a request with this method, target, headers and body, on a connection that ends with it. */
function raw(method: string, target: string, headers: string[] = [], body: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(body);
  const head = [`${method} ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers];
  if (bytes.length > 0) head.push(`Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), bytes]);
}
const postRaw = (
  body: Buffer | string,
  headers: string[] = ["Content-Type: application/json"],
  to = server,
) => sendRaw(raw("POST", "/graphql", headers, body), to);
const getRaw = (query: string, headers = ["X-GraphQL-Require-Preflight: 1"]) =>
  sendRaw(raw("GET", `/graphql?${query}`, headers));

const typename = '{"query":"{ __typename }"}';
const success = { data: { __typename: "Query" } };

describe("bytes that are not UTF-8", () => {
  const recording = (text: Buffer, padding = 0) => {
    const query =
      "mutation($input: RecordTrajectoriesInput!) { recordTrajectories(input: $input) { __typename } }";
    const run = { id: uuid("Run", 5), network: ["m"], initialPrompt: "HERE", invocations: [] };
    const json = JSON.stringify({ query, variables: { input: { runs: [run] } } }).replace(
      '{"query"',
      `${" ".repeat(padding)}{"query"`,
    );
    const at = json.indexOf("HERE");
    return Buffer.concat([Buffer.from(json.slice(0, at)), text, Buffer.from(json.slice(at + 4))]);
  };
  const latin1 = Buffer.from("café", "latin1");

  test.each([
    ["short", 0],
    ["above 100 kB", 150_000],
  ])("in a body are refused, and nothing is stored: %s", async (_, padding) => {
    const runs = await fixture.prisma.run.count();
    for (const wrong of [
      latin1,
      Buffer.from([0xc0, 0x80]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xf0, 0x9f]),
    ]) {
      const body = recording(wrong, padding);
      const chunked = Buffer.concat([
        raw("POST", "/graphql", ["Content-Type: application/json", "Transfer-Encoding: chunked"]),
        Buffer.from(`${body.length.toString(16)}\r\n`),
        body,
        Buffer.from("\r\n0\r\n\r\n"),
      ]);
      for (const { status, json } of [await postRaw(body), await sendRaw(chunked)]) {
        expect(status).toBe(400);
        expect(json.errors[0].extensions).toEqual({ code: "INVALID_INPUT" });
        expect(json.errors[0].message).toMatch(
          /^The body is not UTF-8: the byte 0x\w\w at offset \d+ is not UTF-8\.$/,
        );
      }
    }
    expect(await fixture.prisma.run.count()).toBe(runs);
  });

  test("are reported with the first of them", async () => {
    expect((await postRaw(Buffer.from('{"query":"caf\xe9"}', "latin1"))).message).toBe(
      "The body is not UTF-8: the byte 0xE9 at offset 13 is not UTF-8.",
    );
  });

  test.each(["application/graphql+json", "application/x-www-form-urlencoded"])(
    "are refused in %s",
    async (type) => {
      const headers = [`Content-Type: ${type}`, "Apollo-Require-Preflight: 1"];
      expect((await postRaw(latin1, headers)).message).toMatch(/not UTF-8: the byte 0xE9/);
    },
  );

  test("are refused in a URL", async () => {
    for (const wrong of ["%E9", "%ED%A0%80", "%C0%80"]) {
      for (const query of [`query={__typename}&x=${wrong}`, `query=${wrong}`, `variables=${wrong}`]) {
        const { status, message } = await getRaw(query);
        expect([status, message]).toEqual([400, expect.stringMatching(/^The URL is not UTF-8: /)]);
      }
    }
    expect((await getRaw("query={__typename}&operationName=caf%E9")).message).toBe(
      'The URL is not UTF-8: the byte 0xE9 at offset 3 is not UTF-8, in the value of operationName; it was "café", read as Latin-1.',
    );
    expect((await getRaw("query=\xe9")).status).toBe(400); // not even valid HTTP
    const utf8 = await getRaw('query={a:__type(name:"%C3%A9+%"){name}}');
    expect(utf8.json).toMatchObject({ data: { a: null } });
  });

  test("are not reported for U+FFFD itself, or a byte order mark", async () => {
    expect((await postRaw(recording(Buffer.from("\ufffd")))).status).toBe(200);
    expect(
      (await fixture.prisma.run.findUniqueOrThrow({ where: { id: uuid("Run", 5) } })).initialPrompt,
    ).toBe("\ufffd");
    await fixture.prisma.run.delete({ where: { id: uuid("Run", 5) } });
    expect((await postRaw(`\ufeff${typename}`)).json).toMatchObject(success);
    expect((await postRaw(Buffer.from(`\ufeff${typename}`, "utf16le"))).status).toBe(400);
  });

  test("as lone surrogates in JSON are refused where they would be stored or searched for", async () => {
    const half = Buffer.from("\\ud800");
    expect((await postRaw(recording(half))).json.data.recordTrajectories).toEqual({
      __typename: "InvalidInputError",
    });
    expect(await fixture.prisma.run.count()).toBe(1);
    expect((await postRaw('{"query":"{ a\\ud800 }"}')).json.errors[0].extensions.code).toBe("INVALID_INPUT");
  });
});

describe("the Content-Type and Content-Encoding of a body", () => {
  test.each([
    "APPLICATION/JSON",
    "Application/Json; Charset=UTF-8",
    '  application/json ;charset="utf-8"',
    "application/json;charset=utf8",
    "Application/GraphQL+JSON",
  ])("may be %s", async (type) => {
    expect((await postRaw(typename, [`Content-Type: ${type}`])).json).toMatchObject(success);
  });

  test.each([
    [["Content-Type: application/json; charset=iso-8859-1"], '"iso-8859-1"'],
    [["Content-Type: application/json; charset=utf-16"], '"utf-16"'],
    [["Content-Type: application/json", "Content-Encoding: gzip"], '"gzip"'],
    [["content-type: application/json", "CONTENT-ENCODING: br, gzip"], '"br, gzip"'],
    [["Content-Type: application/xml"], "application/json"],
    [["Content-Type: application/graphql"], "application/json"],
    [["Content-Type: nonsense"], "not a media type"],
    // Node would take a third of a second to read it, and four times as long for twice the length.
    [[`Content-Type: application/json;a=${" ".repeat(15_000)}x`], "not a media type"],
  ])("is refused with 415 as %j", async (headers, named) => {
    const { status, message, json } = await postRaw(gzipSync(typename), headers);
    expect([status, json.errors[0].extensions.code]).toEqual([415, "INVALID_INPUT"]);
    expect(message).toContain(named);
  });

  test("of a cached response are checked as well", async () => {
    const body = '{"query":"{ runs { totalCount } }"}';
    const json = "Content-Type: application/json";
    for (let n = 0; n < 2; n++) expect((await postRaw(body, [json])).status).toBe(200);
    expect((await postRaw(body, [json, "Content-Encoding: gzip"])).status).toBe(415);
    expect((await postRaw(body, [json, "Content-Encoding: identity"])).status).toBe(200);
  });
});

describe("parameters", () => {
  test.each([
    ['{"query":null}', "query: must be given."],
    ["{}", "query: must be given."],
    ['{"query":""}', "query: must be given."],
    ['{"query":1}', "query: must be a string; it was 1."],
    ['{"query":["{ __typename }"]}', "query: must be a string; it was […]."],
    ['{"query":{}}', "query: must be a string; it was {…}."],
    ['{"query":false}', "query: must be a string; it was false."],
    ['{"query":"{ __typename }","operationName":1}', "operationName: must be a string; it was 1."],
    ['{"query":"{ __typename }","variables":"{}"}', 'variables: must be a JSON object; it was "{}".'],
    ['{"query":"{ __typename }","variables":[]}', "variables: must be a JSON object; it was […]."],
    ['{"query":"{ __typename }","variables":0}', "variables: must be a JSON object; it was 0."],
    ['{"query":"{ __typename }","extensions":"x"}', 'extensions: must be a JSON object; it was "x".'],
    ['{"documentId":1}', "documentId: must be a string; it was 1."],
    ['{"documentId":""}', 'documentId: must not be empty; it was "".'],
    ['{"query":"{ __typename }","documentId":""}', 'documentId: must not be empty; it was "".'],
    [
      '{"query":"{ __typename }","documentId":"a"}',
      'Send either query or documentId, not both; they were "{ __typename }" and "a".',
    ],
    [
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":7}}}',
      "extensions.persistedQuery.sha256Hash: must be a string; it was 7.",
    ],
    [
      '{"extensions":{"persistedQuery":{"sha256Hash":["a"]}}}',
      "extensions.persistedQuery.sha256Hash: must be a string; it was […].",
    ],
    [
      '{"query":"{ __typename }","extensions":{"persistedQuery":"a"}}',
      'extensions.persistedQuery: must be a JSON object; it was "a".',
    ],
    ["null", "a request must be a JSON object; it was null."],
    ["1", "a request must be a JSON object; it was 1."],
    ['"x"', 'a request must be a JSON object; it was "x".'],
    ["[]", "The body is an empty list; it must hold an operation."],
    ["[null]", "0: a request must be a JSON object; it was null."],
    [`[${typename},{"query":1}]`, "1.query: must be a string; it was 1."],
    [" ", expect.stringMatching(/^The body is not JSON: /)],
    ["{", expect.stringMatching(/^The body is not JSON: /)],
  ])("of %s are refused by name", async (body, expected) => {
    const { status, message, json } = await postRaw(body, undefined, batching);
    expect([status, message]).toEqual([400, expected]);
    expect(json.errors[0].extensions.code).toBe("INVALID_INPUT");
  });

  test.each([
    ["", "query: must be given."],
    ["query=", "query: must be given."],
    ["documentId=", 'documentId: must not be empty; it was "".'],
    [
      "query={__typename}&documentId=a",
      'Send either query or documentId, not both; they were "{__typename}" and "a".',
    ],
    ["query=&operationName=A", "query: must be given."],
    ["query={__typename}&variables={", 'variables: must be a JSON object; it was "{".'],
    ["query={__typename}&variables=1", "variables: must be a JSON object; it was 1."],
    ["query={__typename}&variables=[]", "variables: must be a JSON object; it was […]."],
    ["query={__typename}&extensions=x", 'extensions: must be a JSON object; it was "x".'],
    ["query={__typename}&query={a:__typename}", "query: must be given once; the URL has it several times."],
  ])("of ?%s are refused by name", async (query, expected) => {
    const { status, message } = await getRaw(query);
    expect([status, message]).toEqual([400, expected]);
  });

  test("may be null or absent, and unknown ones do nothing", async () => {
    const nulls =
      '{"query":"{ __typename }","operationName":null,"variables":null,"extensions":null,"documentId":null}';
    expect((await postRaw(nulls)).json).toMatchObject(success);
    expect(
      (await postRaw('{"query":"{ __typename }","id":7,"doc_id":"x","hasOwnProperty":1,"__proto__":[]}'))
        .json,
    ).toMatchObject(success);
    expect(
      (await getRaw("query={__typename}&variables=null&extensions=&operationName=&id=7&&=")).json,
    ).toMatchObject(success);
  });

  test("that are empty count as absent, except for a document's id", async () => {
    expect((await postRaw('{"query":"{ __typename }","operationName":""}')).json).toMatchObject(success);
    expect((await postRaw('{"query":"","documentId":"a"}')).json.errors[0].extensions.code).toBe(
      "PERSISTED_QUERY_NOT_SUPPORTED",
    );
  });

  test.each([
    [
      "query A { __typename } query B { __typename }",
      "C",
      'operationName: no operation is named "C". The document has A, B.',
    ],
    [
      "query A { __typename } query B { __typename }",
      "",
      "operationName: must be given, for the document has several operations. The document has A, B.",
    ],
    [
      "{ __typename }",
      "A",
      'operationName: no operation is named "A". The document\'s operation has no name: leave operationName out.',
    ],
    ["fragment F on Query { __typename }", "", "query: the document has no operation."],
  ])(
    "that select no operation of %s are refused as an invalid document is: %j",
    async (query, operationName, expected) => {
      const body = JSON.stringify({ query, operationName });
      const url = `query=${encodeURIComponent(query)}&operationName=${operationName}`;
      for (const send of [
        (accept: string) => postRaw(body, ["Content-Type: application/json", accept]),
        (accept: string) => getRaw(url, ["X-GraphQL-Require-Preflight: 1", accept]),
      ]) {
        for (const [type, status] of [
          ["application/json", 200],
          ["application/graphql-response+json", 400],
        ]) {
          const response = await send(`Accept: ${type}`);
          expect([response.status, response.message]).toEqual([status, expected]);
          expect(response.json.errors[0].extensions).toEqual({ code: "INVALID_INPUT" });
        }
      }
    },
  );

  test("of a list are checked one by one", async () => {
    const { status, json } = await postRaw(`[${typename},${typename}]`, undefined, batching);
    expect([status, json]).toMatchObject([200, [success, success]]);
  });
});

describe("the Accept header", () => {
  const query = typename;
  const subscription = JSON.stringify({
    query: `subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }`,
  });
  const json = "application/json; charset=utf-8";
  const modern = "application/graphql-response+json; charset=utf-8";
  const typeOf = async (accept: string[], body = query) => {
    const headers = ["Content-Type: application/json", ...accept.map((each) => `Accept: ${each}`)];
    const { status, head } = await postRaw(body, headers);
    return status === 200 ? /content-type: (.*)/i.exec(head)?.[1] : status;
  };

  test.each([
    [[], json],
    [["*/*"], json],
    [["application/*"], json],
    [["application/json;q=0, application/graphql-response+json"], modern],
    [["application/json;q=0.4, application/graphql-response+json;q=0.5"], modern],
    [["application/graphql-response+json;q=0.4, application/json;q=0.5"], json],
    [["application/graphql-response+json,application/json;q=0.9"], modern],
    [["application/json;q=0", "*/*"], modern],
    [["*/*;q=0.1, application/graphql-response+json;Q=0.2"], modern],
    [["APPLICATION/GRAPHQL-RESPONSE+JSON ; CHARSET=UTF-8"], modern],
    [["text/html, */*;q=0.1"], json],
    [["application/json;charset=iso-8859-1, application/json;charset=utf-8;q=0.1"], json],
    [["text/event-stream;q=0.1, application/json"], json],
    [["application/json;q=0.1, text/event-stream"], "text/event-stream"],
    [['multipart/mixed;boundary="a,b";subscriptionSpec=1.0, application/json'], json],
    [["application/json;q=0.5, application/graphql-response+json;q=abc"], modern],
    [["application/json;q=0.5, application/graphql-response+json;q=-1"], modern],
    [['application/json;q=0.5, application/graphql-response+json;q="0"'], modern],
    [["application/json;q=0.5, application/graphql-response+json;q="], modern],
    [["application/json, application/graphql-response+json;q=2"], json],
    [["application/json;q=0.5, application/graphql-response+json; Q = 0.0001"], modern],
    [['application/json;x=";q=0", application/graphql-response+json;q=0.5'], modern],
    [["text/plain;q=abc"], 406],
    [["text/plain"], 406],
    [["*/*;q=0"], 406],
    [["application/json;q=0, application/graphql-response+json;q=0.0, text/*;q=0"], 406],
  ])("%j has a response of type %s", async (accept, expected) => {
    expect(await typeOf(accept)).toBe(expected);
  });

  test("that excludes everything is refused in JSON, and nothing is carried out", async () => {
    const deletion = JSON.stringify({
      query: `mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }`,
    });
    const { status, json: refused } = await postRaw(deletion, [
      "Content-Type: application/json",
      "Accept: text/html",
    ]);
    expect([status, refused.errors[0].extensions.code]).toEqual([406, "INVALID_INPUT"]);
    expect(refused.errors[0].message).toContain("application/json");
    expect(await fixture.prisma.run.count()).toBe(1);
  });

  test.each([
    'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9',
    "application/json",
    "application/json, text/event-stream;q=0",
  ])("of a subscription must include events: %s", async (accept) => {
    const { status, json: refused } = await postRaw(subscription, [
      "Content-Type: application/json",
      `Accept: ${accept}`,
    ]);
    expect([status, refused.errors[0].extensions.code]).toEqual([406, "INVALID_INPUT"]);
    expect(refused.errors[0].message).toContain("Accept: text/event-stream");
  });

  test("of a subscription that includes events has them, with headers for proxies", async () => {
    const client = new AbortController();
    const response = await fetch(`${server.address}/graphql`, {
      method: "POST",
      signal: client.signal,
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream;q=0.1" },
      body: subscription,
    });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
    });
    expect(response.headers.has("content-encoding")).toBe(false);
    client.abort();
  });

  test("of events ends the connection if the request asks for that", async () => {
    const { head } = await postRaw(typename, ["Content-Type: application/json", "Accept: text/event-stream"]);
    expect(head).toMatch(/^content-type: text\/event-stream\r?$/im);
    expect(head).toMatch(/^connection: close\r?$/im);
  });
});

describe("the method", () => {
  const preflighted = ["X-GraphQL-Require-Preflight: 1"];
  const headersOf = ({ head }: RawResponse) =>
    head
      .split("\r\n")
      .slice(1)
      .map((line) => line.toLowerCase())
      .filter((line) => !/^(date|x-request-id|transfer-encoding|content-length):/.test(line))
      .sort();

  test.each([
    ["/graphql?query={__typename}", []],
    ["/graphql?query={runs{totalCount}}", ["Accept-Encoding: gzip"]],
    ["/graphql?query={nothing}", ["Accept: application/graphql-response+json"]],
    ["/graphql", ["Accept: text/html", "Accept-Encoding: br"]],
    ["/health/live", []],
    ["/metrics", []],
    ["/schema.graphql", ["Accept-Encoding: br"]],
    ["/", []],
    ["/nothing", []],
  ])("HEAD has the status and headers of GET, and no body: %s", async (target, headers) => {
    const get = await sendRaw(raw("GET", target, [...preflighted, ...headers]));
    const head = await sendRaw(raw("HEAD", target, [...preflighted, ...headers]));
    expect([head.status, headersOf(head)]).toEqual([get.status, headersOf(get)]);
    expect(head.body).toBe("");
  });

  test("HEAD starts no subscription and carries out no mutation", async () => {
    const ask = async (query: string) => {
      const target = `/graphql?query=${encodeURIComponent(query)}`;
      return (await sendRaw(raw("HEAD", target, [...preflighted, "Accept: text/event-stream"]))).status;
    };
    expect(
      await ask(`subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }`),
    ).toBe(405);
    expect(await ask(`mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }`)).toBe(405);
    expect(await fixture.prisma.run.count()).toBe(1);
  });

  test.each([
    ["PUT", "/graphql", "GET, HEAD, POST"],
    ["OPTIONS", "/graphql", "GET, HEAD, POST"],
    ["DELETE", "/graphql?query={__typename}", "GET, HEAD, POST"],
    ["POST", "/health/live", "GET, HEAD"],
    ["POST", "/metrics", "GET, HEAD"],
    ["PATCH", "/schema.graphql", "GET, HEAD"],
    ["DELETE", `/images/${uuid("Invocation", 0)}`, "GET, HEAD"],
    ["POST", "/", "GET, HEAD"],
  ])("%s of %s is refused with the methods that are allowed: %s", async (method, target, allowed) => {
    const { status, head, message } = await sendRaw(raw(method, target, preflighted));
    expect([status, /^allow: (.*?)\r?$/im.exec(head)?.[1]]).toEqual([405, allowed]);
    expect(message).toBe(`${target.split("?")[0]} takes ${allowed} requests, not ${method}.`);
  });
});

describe("the request's target", () => {
  const preflighted = ["Apollo-Require-Preflight: 1"];
  test.each([
    "http://localhost/graphql?query={__typename}",
    "HTTP://127.0.0.1:1/graphql?query={__typename}",
    "/%67raph%71l?query={__typename}",
  ])("may be %s", async (target) => {
    expect((await sendRaw(raw("GET", target, preflighted))).json).toMatchObject(success);
  });

  test("that is a whole URL names the host, whatever the Host header is", async () => {
    expect(
      (await sendRaw(raw("GET", "http://evil.example/graphql?query={__typename}", preflighted))).status,
    ).toBe(403);
  });

  test.each(["//graphql", "/graphql/", "/graphql%2F", "/graphql/x", "/GRAPHQL", "/%", "/%00"])(
    "%s is not found",
    async (target) => {
      expect((await sendRaw(raw("GET", target, preflighted))).status).toBe(404);
    },
  );

  test("without a path is that of the page", async () => {
    const { status, body } = await sendRaw(raw("GET", "http://localhost", preflighted));
    expect([status, body.slice(0, 15)]).toEqual([200, "<!doctype html>"]);
  });

  test.each(["a b", "x:99999", "[", "a@b", "a/b"])("must name one host: not %s", async (host) => {
    const to = await serveLimited(fixture, {}, {}, "0.0.0.0");
    const { status } = await sendRaw(
      Buffer.from(
        raw("GET", "/graphql?query={__typename}", preflighted)
          .toString()
          .replace("Host: localhost", `Host: ${host}`),
      ),
      to,
    );
    expect(status).toBe(400);
    await to.stop(0);
  });
});

test("a request line without a path has no view of the page, whatever is accepted", async () => {
  for (const accepted of ["text/html", "application/json"]) {
    const { status, head } = await sendRaw(raw("GET", "*", [`Accept: ${accepted}`], ""), batching);
    expect(status, head).toBe(404);
  }
});

test("no request has a status of 500 or above", async () => {
  const some = <T>(...values: T[]) => fc.constantFrom(...values);
  const anyJson = fc.jsonValue({ maxDepth: 2 });
  const parameter = fc.oneof(
    anyJson,
    some<unknown>("{ __typename }", "query A { __typename }", null, {}, []),
  );
  const operation = fc.oneof(
    anyJson,
    fc.record(
      {
        query: parameter,
        variables: parameter,
        operationName: parameter,
        extensions: parameter,
        documentId: parameter,
      },
      { requiredKeys: [] },
    ),
  );
  const header = fc.oneof(
    fc.tuple(
      some(
        "Accept",
        "accept",
        "CONTENT-TYPE",
        "Content-Encoding",
        "Sec-Fetch-Site",
        "Authorization",
        "Origin",
        "If-None-Match",
      ),
      fc.oneof(
        fc.stringMatching(/^[ -~]{0,20}$/),
        some(
          "*/*",
          "application/json",
          "application/json;q=0",
          "text/event-stream",
          "text/html",
          "gzip",
          "same-origin",
          "Bearer x",
        ),
      ),
    ),
    some(["X-GraphQL-Require-Preflight", "1"], ["Content-Type", "application/json"]),
  );
  const text = fc.oneof(
    fc.stringMatching(/^[!-~]{0,30}$/),
    some("query={__typename}", "variables=%E9", "extensions={", "query=%7B"),
  );
  const request = fc.record({
    method: some("GET", "POST", "POST", "HEAD", "PUT", "OPTIONS", "DELETE"),
    path: fc.oneof(
      some(
        "/graphql",
        "/graphql",
        "/",
        "/schema.graphql",
        "/images/x",
        "//graphql",
        "*",
        "http://localhost/graphql",
      ),
      text.map((each) => `/${each}`),
    ),
    query: text,
    headers: fc.array(header, { maxLength: 4 }),
    body: fc.oneof(
      operation.map((each) => JSON.stringify(each)),
      fc.array(operation, { maxLength: 3 }).map((each) => JSON.stringify(each)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, headers, body }) => {
      const lines = headers.map(([name, value]) => `${name}: ${value}`);
      const { status, head } = await sendRaw(raw(method, `${path}?${query}`, lines, body), batching);
      expect(status, head).toBeGreaterThanOrEqual(200);
      expect(status, head).toBeLessThan(500);
    }),
    { numRuns: 250 },
  );
});
