import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  countRows,
  type StoredTable,
  selectRows,
  storedTables,
} from "../../src/database/copy/storedTables.js";

const types: Record<string, string> = {
  String: "text",
  Int: "int4",
  BigInt: "int8",
  Float: "float8",
  Boolean: "bool",
  DateTime: "timestamptz",
  Bytes: "bytea",
};

test("a copy reads and writes each column in the type that PostgreSQL's schema gives it", () => {
  const schema = readFileSync("prisma/postgres/schema.prisma", "utf8");
  const enums = [...schema.matchAll(/^enum (\w+)/gm)].map(([, name]) => name);
  const expected = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name, body]) => ({
    name,
    columns: [...body.matchAll(/^ {2}(\w+)\s+(\w+)(\?|\[\])?(.*)$/gm)].flatMap(([, column, type, , rest]) => {
      if (rest.includes("@db.Uuid")) return [[column, "uuid"]];
      if (enums.includes(type)) return [[column, "text"]];
      return type in types ? [[column, types[type]]] : []; // a relation is not a column
    }),
  }));
  expect(storedTables.map(({ name, columns }) => ({ name, columns }))).toEqual(expected);
});

test("rows are read unchanged, or as a copy needs them", () => {
  const table: StoredTable = {
    name: "T",
    columns: [
      ["id", "uuid"],
      ["height", "float8"],
    ],
    orderBy: `t."id"`,
    where: `t."done"`,
    expressions: { height: "0.5" },
  };
  const words = (statement: string) => statement.trim().replaceAll(/ +/g, " ");
  expect(words(selectRows(table, "stored"))).toBe(
    `SELECT t."id", t."height" + 0.0 FROM "T" t ORDER BY t."id"`,
  );
  expect(words(selectRows(table, "taken"))).toBe(
    `SELECT t."id", 0.5 + 0.0 FROM "T" t WHERE t."done" ORDER BY t."id"`,
  );
  expect(words(countRows(table, "stored"))).toBe(`SELECT count(*) AS "count" FROM "T" t`);
  expect(words(countRows(table, "taken"))).toBe(`SELECT count(*) AS "count" FROM "T" t WHERE t."done"`);
});
