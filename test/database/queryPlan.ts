import type { PrismaClient } from "../../src/database/generated/sqlite/client.js";
import type { Asked } from "../fixtures.js";
import { testedKind } from "../testDatabase.js";

/** How a database would run a statement. */
export interface QueryPlan {
  /** The tables that it reads from one end to the other. */
  scanned: string[];
  /** The indexes that it reads. */
  indexes: string[];
  /** Whether the rows of a page are sorted, rather than read in their order. That of the few that were picked is none. */
  sortsPage: boolean;
  /** As the database tells it. */
  text: string;
}

export async function queryPlan(
  prisma: Pick<PrismaClient, "$queryRawUnsafe">,
  asked: Asked,
): Promise<QueryPlan> {
  return testedKind === "postgresql" ? postgresPlan(prisma, asked) : sqlitePlan(prisma, asked);
}

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Plans?: Node[];
}

async function postgresPlan(
  prisma: Pick<PrismaClient, "$queryRawUnsafe">,
  { sql, values }: Asked,
): Promise<QueryPlan> {
  const [row] = await prisma.$queryRawUnsafe<{ "QUERY PLAN": { Plan: Node }[] }[]>(
    `EXPLAIN (FORMAT JSON) ${sql}`,
    ...values,
  );
  const [{ Plan }] = row["QUERY PLAN"];
  const nodes = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  const all = nodes(Plan);
  const limits = all.filter((node) => node["Node Type"] === "Limit");
  return {
    // A whole index is no less than a whole table; but for a page that ends where it is full.
    scanned: all
      .filter(
        (node) =>
          node["Node Type"] === "Seq Scan" ||
          (/^Index/.test(node["Node Type"]) && !node["Index Cond"] && limits.length === 0),
      )
      .map((node) => node["Relation Name"]!),
    indexes: all.flatMap((node) => node["Index Name"] ?? []),
    sortsPage: limits.flatMap(nodes).some((node) => /Sort/.test(node["Node Type"])),
    text: JSON.stringify(Plan, null, 1),
  };
}

async function sqlitePlan(prisma: Pick<PrismaClient, "$queryRawUnsafe">, { sql }: Asked): Promise<QueryPlan> {
  const steps = await prisma.$queryRawUnsafe<{ id: bigint; parent: bigint; detail: string }[]>(
    `EXPLAIN QUERY PLAN ${sql.replace(/\?\d*/g, "NULL")}`,
  );
  // Aliases are what the plan tells: those of tables, also as Prisma writes them.
  const tables = new Map(
    [...sql.matchAll(/(?:FROM|JOIN) (?:`main`\.)?["`](\w+)["`](?: (?:AS )?["`]?(\w+)["`]?)?/g)].map(
      ([, table, alias]) => [alias ?? table, table],
    ),
  );
  const tableOf = (name: string) => tables.get(name) ?? name;
  // A whole index is no less than a whole table; but for a page that ends where it is full.
  const isEnded = /\bLIMIT\b/.test(sql);
  const scans = steps.filter(
    ({ detail }) =>
      /^SCAN/.test(detail) && !/VIRTUAL TABLE/.test(detail) && !(isEnded && /USING/.test(detail)),
  );
  const subquery = steps.find(({ detail }) => detail.includes("SUBQUERY"));
  const picking = subquery ? steps.filter(({ parent }) => parent === subquery.id) : steps;
  return {
    scanned: scans.map(({ detail }) => tableOf(detail.split(" ")[1])),
    indexes: steps.flatMap(({ detail }) => /USING (?:COVERING )?INDEX (\w+)/.exec(detail)?.[1] ?? []),
    sortsPage: picking.some(({ detail }) => /TEMP B-TREE/.test(detail)),
    text: steps.map(({ detail }) => detail).join("\n"),
  };
}
