import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { schema } from "../../src/schema/index.js";
import { contractBreaches } from "./contractBreaches.js";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const committed = readFileSync(file("../api.graphql"), "utf8");
const shared = file("../../../shared/api.graphql");

describe("the contract", () => {
  test("is weakened nowhere by the schema", () => {
    expect(contractBreaches(buildSchema(committed), schema)).toEqual([]);
  });

  test("is weakened nowhere by the printed schema", () => {
    const printed = buildSchema(readFileSync(file("../../schema.graphql"), "utf8"));
    expect(contractBreaches(buildSchema(committed), printed)).toEqual([]);
  });

  test.skipIf(!existsSync(shared))("has all that the shared one has", () => {
    expect(contractBreaches(buildSchema(readFileSync(shared, "utf8")), buildSchema(committed))).toEqual([]);
  });
});

describe("contractBreaches", () => {
  const contract = `
    interface Named { name: String! }
    type Query { thing(id: ID!, size: Int! = 5, filter: Filter): Thing! things: [Thing!]! either: Either }
    type Thing implements Named { name: String! kind: Kind tags: [String!] }
    type Other { id: ID! }
    union Either = Thing | Other
    enum Kind { SMALL LARGE }
    input Filter { kind: Kind! count: Int! = 3 }
    input Choice @oneOf { a: Int b: Int }`;
  const changed = (from: string, to: string) => {
    expect(contract).toContain(from);
    return contractBreaches(buildSchema(contract), buildSchema(contract.replace(from, to)));
  };

  test("finds none in the contract itself, and none if a schema returns more or requires less", () => {
    expect(changed("kind: Kind tags", "kind: Kind! more: Int tags")).toEqual([]);
    expect(changed("tags: [String!]", "tags: [String!]!")).toEqual([]);
    expect(changed("filter: Filter)", "filter: Filter, more: Int)")).toEqual([]);
    expect(changed("(id: ID!,", "(id: ID,")).toEqual([]);
    expect(changed("SMALL LARGE", "SMALL LARGE HUGE")).toEqual([]);
    expect(changed("kind: Kind! count", "kind: Kind! more: Int count")).toEqual([]);
  });

  test.each([
    ["type Other { id: ID! }\n    union Either = Thing | Other", "union Either = Thing", "Other is missing"],
    ["thing(id: ID!,", "renamed(id: ID!,", "Query.thing is missing"],
    ["): Thing! things", "): Thing things", "Query.thing is Thing, not Thing!"],
    ["things: [Thing!]!", "things: [Thing]!", "Query.things is [Thing]!, not [Thing!]!"],
    ["tags: [String!]", "tags: [Int!]", "Thing.tags is [Int!], not [String!]"],
    ["size: Int! = 5, ", "", "Query.thing(size) is missing"],
    ["size: Int! = 5", "size: Int! = 6", "Query.thing(size) has the default 6, not 5"],
    ["filter: Filter)", "filter: Filter!)", "Query.thing(filter) is Filter!, not Filter"],
    ["filter: Filter)", "filter: Filter, more: Int!)", "Query.thing(more) is required"],
    ["Thing implements Named", "Thing", "Thing lacks the interface Named"],
    ["SMALL LARGE", "SMALL", "Kind lacks the value LARGE"],
    ["Either = Thing | Other", "Either = Thing", "Either lacks the member Other"],
    ["= Thing | Other", "= Thing | Other | Query", "Either has a member too many: Query"],
    ["count: Int! = 3", "count: Int!", "Filter(count) has the default undefined, not 3"],
    ["count: Int! = 3", "count: Int! = 3 more: Int!", "Filter(more) is required"],
    ["@oneOf ", "", "Choice differs in @oneOf"],
    ["enum Kind { SMALL LARGE }", "scalar Kind", "Kind is of another kind"],
  ])("finds that %j became %j", (from, to, breach) => {
    expect(changed(from, to)).toContain(breach);
  });
});
