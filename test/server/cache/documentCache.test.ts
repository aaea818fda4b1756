import { parse } from "graphql";
import { expect, test } from "vitest";
import { cachedDocuments } from "../../../src/server/cache/documentCache.js";

const document = parse("{ __typename }");

test("a document is cached at its second request", () => {
  const documents = cachedDocuments();
  documents.set("{ a }", document);
  expect(documents.get("{ a }")).toBeUndefined();
  documents.set("{ a }", document);
  expect(documents.get("{ a }")).toBe(document);
});

test("a frequent document outlasts any number of documents that are requested once", () => {
  const documents = cachedDocuments();
  for (let n = 0; n < 2; n++) documents.set("{ a }", document);
  for (let n = 0; n < 2_000; n++) documents.set(`{ b # ${n} ${"-".repeat(1_000)} }`, document);
  expect(documents.get("{ a }")).toBe(document);
});

test("a text of more than 20,000 characters is never cached", () => {
  const documents = cachedDocuments();
  const text = (length: number) => `{ a }${" ".repeat(length - 5)}`;
  for (const length of [20_000, 20_001]) {
    for (let n = 0; n < 3; n++) documents.set(text(length), document);
  }
  expect(documents.get(text(20_000))).toBe(document);
  expect(documents.get(text(20_001))).toBeUndefined();
});
