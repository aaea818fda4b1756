import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { schema } from "../../../src/schema/index.js";
import { readTrustedDocuments } from "../../../src/server/access/trustedDocuments.js";
import { SettingError } from "../../../src/settings.js";
import { id, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

const folder = mkdtempSync(join(tmpdir(), "medoid-documents-"));
afterAll(() => rmSync(folder, { recursive: true }));
function fileOf(content: unknown): string {
  const path = join(folder, "documents.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const documents = {
  names: "query Names { embeddingModels { name } }",
  prompt: "query Prompt($id: ID!) { run(id: $id) { initialPrompt } }",
};
const byId = (sha256Hash: string, more: object = {}) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
  ...more,
});

let served: ServedFixture | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});
const serve = async (environment: Record<string, string> = {}) => {
  served = await serveFixture({ MEDOID_DOCUMENTS: fileOf(documents), ...environment });
  await writeRuns(served.fixture, { runs: 1 });
};
const outcomeOf = async (operation: object) => {
  const response = await served!.post(operation, { accept: "application/graphql-response+json" });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string } }[];
  };
  return [response.status, data ?? errors?.map(({ message, extensions }) => [extensions.code, message])];
};

describe("trusted documents", () => {
  test("run by their ids, sent in either way, with variables", async () => {
    await serve();
    const names = [200, { embeddingModels: [{ name: "words" }] }];
    expect(await outcomeOf(byId("names"))).toEqual(names);
    expect(await outcomeOf({ documentId: "names" })).toEqual(names);
    expect(await outcomeOf(byId("prompt", { variables: { id: id("Run", 0) } }))).toEqual([
      200,
      { run: { initialPrompt: "prompt 0" } },
    ]);
  });

  test("run by GET too", async () => {
    await serve();
    const extensions = encodeURIComponent(JSON.stringify(byId("names").extensions));
    const response = await served!.get(`/graphql?extensions=${extensions}`, {
      "x-graphql-require-preflight": "1",
    });
    expect(await response.json()).toMatchObject({ data: { embeddingModels: [{ name: "words" }] } });
  });

  test("run by GET with only an id, a hash in any of its spellings", async () => {
    const hash = "03941e8b6bb0a153a1eb3f270bd972a020e2989518b6ad28e8a5ab7038467499";
    for (const known of [hash, `sha256:${hash}`]) {
      served = await serveFixture({ MEDOID_DOCUMENTS: fileOf({ [known]: documents.names }) });
      for (const sent of [hash, `sha256:${hash}`, hash.toUpperCase()]) {
        expect((await outcomeOf({ documentId: sent }))[0]).toBe(200);
        expect((await outcomeOf(byId(sent)))[0]).toBe(200);
        const response = await served.get(`/graphql?documentId=${encodeURIComponent(sent)}`, {
          "x-graphql-require-preflight": "1",
        });
        expect(await response.json()).toMatchObject({ data: { embeddingModels: [] } });
      }
      await served.close();
    }
    served = undefined;
  });

  test("are reported as not supported if there are none, in a form that the links of Apollo and urql understand", async () => {
    served = await serveFixture();
    const notSupported = [["PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported"]];
    expect(await outcomeOf(byId("names"))).toEqual([400, notSupported]);
    expect(await outcomeOf({ documentId: "names" })).toEqual([400, notSupported]);
    // Apollo's link also understands a status other than 200; urql's understands only the message.
    expect((await served.post(byId("names"), { accept: "application/json" })).status).toBe(200);
    const hash = createHash("sha256").update("{ __typename }").digest("hex");
    expect(await outcomeOf(byId(hash, { query: "{ __typename }" }))).toEqual([200, { __typename: "Query" }]);
    expect(await outcomeOf({})).toEqual([400, [["INVALID_INPUT", "query: must be given."]]]);
  });

  test("can be used beside other documents", async () => {
    await serve();
    expect(await outcomeOf({ query: "{ runs { totalCount } }" })).toEqual([200, { runs: { totalCount: 1 } }]);
  });

  test("are the only ones that run if that is set", async () => {
    await serve({ MEDOID_DOCUMENTS_ONLY: "on" });
    const refused = [400, [["INVALID_INPUT", "This server takes only the ids of documents that it knows."]]];
    const deletion = `mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }`;
    expect(await outcomeOf({ query: deletion })).toEqual(refused);
    expect(await outcomeOf({ query: documents.names })).toEqual(refused);
    expect(await outcomeOf(byId("names", { query: "{ __typename }" }))).toEqual(refused);
    expect(await served!.fixture.prisma.run.count()).toBe(1);
    expect((await outcomeOf(byId("names")))[0]).toBe(200);
  });

  test("are selected by a single id, which must match a document that is sent with it", async () => {
    await serve();
    const refused = (message: string) => [400, [["INVALID_INPUT", message]]];
    const [code, [[name, message]]] = (await outcomeOf({
      documentId: "names",
      query: documents.names,
    })) as [number, [[string, string]]];
    expect([code, name]).toEqual([400, "INVALID_INPUT"]);
    expect(message).toMatch(
      /^Send either query or documentId, not both; they were "query Names .*" and "names"\.$/,
    );
    expect(await outcomeOf(byId("names", { documentId: "prompt" }))).toEqual(
      refused(
        "documentId and extensions.persistedQuery.sha256Hash name two documents. Send either, or the same in both.",
      ),
    );
    expect((await outcomeOf(byId("names", { documentId: "names" })))[0]).toBe(200);
    const mismatch = refused("provided sha does not match query");
    for (const id of ["names", "0".repeat(64)]) {
      expect(await outcomeOf(byId(id, { query: documents.names }))).toEqual(mismatch);
    }
    const hash = createHash("sha256").update(documents.names).digest("hex");
    for (const id of [hash, hash.toUpperCase(), `sha256:${hash}`]) {
      expect((await outcomeOf(byId(id, { query: documents.names })))[0]).toBe(200);
    }
  });

  test("that are unknown are refused", async () => {
    await serve();
    for (const unknown of ["other", "toString", "__proto__"]) {
      expect(await outcomeOf(byId(unknown))).toEqual([
        400,
        [["PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"]],
      ]);
    }
    expect(await outcomeOf({})).toMatchObject([400, [["INVALID_INPUT", expect.any(String)]]]);
  });
});

describe("a file of documents", () => {
  test.each([
    ["{", /documents\.json: .*JSON/],
    [[documents.names], /must be a JSON object/],
    [{ names: 1 }, /the document names is not a string/],
    [{ broken: "{" }, /the document broken is not valid: Syntax Error/],
    [
      { ["a".repeat(64)]: "{ a: __typename }", [`sha256:${"A".repeat(64)}`]: "{ b: __typename }" },
      /has two documents/,
    ],
    [{ wrong: "{ nothing }" }, /the document wrong is not valid: Cannot query field "nothing"/],
  ])("with %j stops the start, with an error that names the fault", (content, message) => {
    const read = () => readTrustedDocuments(fileOf(content), schema);
    expect(read).toThrow(SettingError);
    expect(read).toThrow(/^MEDOID_DOCUMENTS /);
    expect(read).toThrow(message);
  });

  test("that is not UTF-8 stops the start, and the first invalid byte is reported", () => {
    const path = fileOf({});
    writeFileSync(path, Buffer.from('{"caf\xe9": "{ __typename }"}', "latin1"));
    const read = () => readTrustedDocuments(path, schema);
    expect(read).toThrow(SettingError);
    expect(read).toThrow(`MEDOID_DOCUMENTS ${path}: the byte 0xE9 at offset 5 is not UTF-8.`);
  });

  test("may begin with a byte order mark", () => {
    const path = fileOf({});
    writeFileSync(path, '\ufeff{"é": "{ __typename }"}');
    expect([...readTrustedDocuments(path, schema)]).toEqual([["é", "{ __typename }"]]);
  });

  test("that does not exist stops the start", () => {
    const read = () => readTrustedDocuments(join(folder, "none.json"), schema);
    expect(read).toThrow(/^MEDOID_DOCUMENTS .*ENOENT/);
  });
});
