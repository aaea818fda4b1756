import { readFileSync } from "node:fs";
import { buildSchema, isObjectType } from "graphql";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test("the example for urql lists exactly the object types for which graphcache has no key", () => {
  const schema = buildSchema(read("../../schema.graphql"));
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const withoutKey = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith("__") && !roots.includes(type))
    .filter((type) => isObjectType(type) && !type.getInterfaces().some(({ name }) => name === "Node"))
    .map(({ name }) => name)
    // graphcache handles these by their names.
    .filter((name) => !/(Connection|Edge|PageInfo)$/.test(name));
  const [, list = ""] = /const embedded = \[([^\]]*)\]/.exec(read("projects/urql/client.js")) ?? [];
  expect([...list.matchAll(/"(\w+)"/g)].map(([, name]) => name).sort()).toEqual(withoutKey.sort());
});
