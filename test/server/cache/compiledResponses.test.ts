import fc from "fast-check";
import { type ExecutionArgs, execute, type GraphQLNamedType, parse, validate } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createContext } from "../../../src/schema/context.js";
import { schema } from "../../../src/schema/index.js";
import { compileQueries } from "../../../src/server/cache/compiledQueries.js";
import { Rejections, refuseWith } from "../../../src/server/limits/rejections.js";
import { ResponseSize } from "../../../src/server/limits/responseSize.js";
import { servedSchema } from "../../../src/server/servedSchema.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../../fixtures.js";
import { randomOperation } from "./randomDocuments.js";

/** The number of documents, which `COMPARED_DOCUMENTS` sets for a long run. */
const documents = Number(process.env.COMPARED_DOCUMENTS ?? 400);

const served = servedSchema();
let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 4 });
  await writeClustering(fixture, {
    result: 0,
    embeddings: 20,
    assign: (n) => ({ label: (n % 4) - 1, point: n % 6 }),
  });
  await writeQueuedClustering(fixture, 1);
  // Names and values that mean something to JavaScript or to graphql-jit.
  const metadata =
    '{"__proto__":{"a":1},"constructor":null,"n":"__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8"}';
  await fixture.prisma.run.updateMany({ data: { metadata } });
  await fixture.prisma.invocation.updateMany({ data: { externalId: "row", metadata } });
});
afterAll(() => fixture.close());

const types = ["Run", "Invocation", "EmbeddingModel", "Embedding", "ClusteringResult", "Cluster"] as const;
const anyIds = types.map((type) => id(type, 0));

function scalars({ name }: GraphQLNamedType, of: GraphQLNamedType): readonly unknown[] {
  const type = types.find((each) => each === of.name);
  if (name === "ID")
    return type ? [id(type, 0), id(type, 1), uuid(type, 2), id(type, 99), "nonsense"] : anyIds;
  if (name === "Int") return [2, 1, 0, 3, 20, -1, 501];
  if (name === "Float") return [0.5, 1, 0, -0];
  if (name === "Boolean") return [true, false];
  if (name === "BigInt") return [1, "4611686018427387905"];
  if (name === "DateTime") return ["2026-01-01T00:00:00.000Z", "2026-01-01T02:00:00+02:00"];
  return ["words", "prompt 1", 'a "quoted" text', "__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8"];
}

function executeWith(executeFn: (args: ExecutionArgs) => ReturnType<typeof execute>, args: ExecutionArgs) {
  const responseBudget = new ResponseSize(1e9, refuseWith(new Rejections()));
  const contextValue = createContext(fixture.app, {
    caller: "",
    baseUrl: "http://medoid.test",
    responseBudget,
  });
  return executeFn({ ...args, contextValue });
}

/** Without the order of its errors, which is the order in which resolvers end. */
function comparable({ data, errors }: Awaited<ReturnType<typeof execute>>): string {
  const sortedErrors = errors?.map((error) => JSON.stringify(error)).sort();
  return JSON.stringify({ data, errors: sortedErrors });
}

test("a compiled query has the same response as in graphql: random ones over the schema", async () => {
  const counts = { compiled: 0, compiledWithErrors: 0, interpreted: 0, invalid: 0 };
  const operations = fc
    .tuple(fc.array(fc.nat(9_999), { minLength: 1, maxLength: 400, size: "max" }), fc.boolean())
    .map(([choices, directives]) => randomOperation(schema, choices, scalars, directives));
  await fc.assert(
    fc.asyncProperty(operations, async ({ query, variables }) => {
      const document = parse(query);
      if (validate(served, document).length > 0) {
        counts.invalid++;
        return;
      }
      const args: ExecutionArgs = { schema: served, document, variableValues: variables };
      const expected = await executeWith(execute, args);
      let compiled: typeof execute | undefined;
      const plugin = compileQueries(0);
      plugin.onExecute?.({
        args: args as never,
        executeFn: execute,
        setExecuteFn: (executeFn: typeof execute) => {
          compiled = executeFn;
        },
      } as never);
      if (!compiled) {
        counts.interpreted++;
        return;
      }
      counts[expected.errors ? "compiledWithErrors" : "compiled"]++;
      expect(comparable(await executeWith(compiled, args))).toBe(comparable(expected));
    }),
    { numRuns: documents, seed: process.env.COMPARED_DOCUMENTS ? undefined : 12 },
  );
  if (process.env.COMPARED_DOCUMENTS) console.log(counts);
  expect(counts.compiled).toBeGreaterThan(documents / 20);
  expect(counts.compiledWithErrors).toBeGreaterThan(0);
  expect(counts.interpreted).toBeGreaterThan(0);
}, 600_000);
