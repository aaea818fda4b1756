import Libsql from "libsql";
import type { PrismaClient } from "../../src/database/generated/sqlite/client.js";
import type { ExecutedStatement } from "../fixtures.js";
import { testedKind } from "../testDatabase.js";

/** How a database would run a statement. */
export interface QueryPlan {
  /** The tables that it scans completely. */
  scanned: string[];
  /** The indexes that it reads. */
  indexes: string[];
  /**
   * Whether the rows of a page are sorted, rather than read in order. Sorting the few rows that were picked does not
   * count.
   */
  sortsPage: boolean;
  /** As the database prints it. */
  text: string;
}

export async function queryPlan(
  prisma: Pick<PrismaClient, "$queryRawUnsafe">,
  statement: ExecutedStatement,
): Promise<QueryPlan> {
  return testedKind === "postgresql" ? postgresPlan(prisma, statement) : sqlitePlan(prisma, statement);
}

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Rows Removed by Filter"?: number;
  Plans?: Node[];
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

async function explained(
  prisma: Pick<PrismaClient, "$queryRawUnsafe">,
  options: string,
  { sql, values }: ExecutedStatement,
): Promise<Node> {
  const [row] = await prisma.$queryRawUnsafe<{ "QUERY PLAN": { Plan: Node }[] }[]>(
    `EXPLAIN (${options}) ${sql}`,
    ...values,
  );
  return row["QUERY PLAN"][0].Plan;
}

/** How many rows of a table PostgreSQL reads for a statement, including those that it discards after reading. */
export async function rowsRead(
  prisma: Pick<PrismaClient, "$queryRawUnsafe">,
  table: string,
  statement: ExecutedStatement,
): Promise<number> {
  return nodesOf(await explained(prisma, "ANALYZE, FORMAT JSON", statement))
    .filter((node) => node["Relation Name"] === table)
    .reduce(
      (sum, node) =>
        sum + (node["Actual Rows"]! + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"]!,
      0,
    );
}

/**
 * How many steps SQLite's virtual machine takes for a statement, by its own count: some for each row that it visits,
 * including those that it discards, and a few to begin.
 */
export async function stepsTaken(
  prisma: Pick<PrismaClient, "$queryRaw">,
  { sql, values }: ExecutedStatement,
): Promise<number> {
  const [{ file }] = await prisma.$queryRaw<{ file: string }[]>`PRAGMA database_list`;
  const connection = new Libsql(file, { readonly: true } as Libsql.Options);
  try {
    const statement = connection.prepare(sql);
    statement.all(values);
    const { steps } = connection
      .prepare(`SELECT "nstep" AS "steps" FROM "sqlite_stmt" WHERE "sql" = ?`)
      .get(sql) as { steps: number };
    return steps;
  } finally {
    connection.close();
  }
}

async function postgresPlan(
  prisma: Pick<PrismaClient, "$queryRawUnsafe">,
  statement: ExecutedStatement,
): Promise<QueryPlan> {
  const Plan = await explained(prisma, "FORMAT JSON", statement);
  const all = nodesOf(Plan);
  const limits = all.filter((node) => node["Node Type"] === "Limit");
  return {
    // Scanning a whole index is as bad as scanning a whole table, except for a page, which ends when it is full.
    scanned: all
      .filter(
        (node) =>
          node["Node Type"] === "Seq Scan" ||
          (/^Index/.test(node["Node Type"]) && !node["Index Cond"] && limits.length === 0),
      )
      .map((node) => node["Relation Name"]!),
    indexes: all.flatMap((node) => node["Index Name"] ?? []),
    sortsPage: limits.flatMap(nodesOf).some((node) => /Sort/.test(node["Node Type"])),
    text: JSON.stringify(Plan, null, 1),
  };
}

async function sqlitePlan(
  prisma: Pick<PrismaClient, "$queryRawUnsafe">,
  { sql }: ExecutedStatement,
): Promise<QueryPlan> {
  const steps = await prisma.$queryRawUnsafe<{ id: bigint; parent: bigint; detail: string }[]>(
    `EXPLAIN QUERY PLAN ${sql.replace(/\?\d*/g, "NULL")}`,
  );
  // The plan shows aliases: those of tables, also as Prisma writes them.
  const tables = new Map(
    [...sql.matchAll(/(?:FROM|JOIN) (?:`main`\.)?["`](\w+)["`](?: (?:AS )?["`]?(\w+)["`]?)?/g)].map(
      ([, table, alias]) => [alias ?? table, table],
    ),
  );
  const tableOf = (name: string) => tables.get(name) ?? name;
  // Scanning a whole index is as bad as scanning a whole table, except for a page, which ends when it is full.
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
