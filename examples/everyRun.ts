import { GraphQLClient } from "graphql-request";
import { RunPageDocument, type RunPageQuery } from "./generated/operations.js";

type Run = NonNullable<RunPageQuery["runs"]>["edges"][number]["node"];

/** Every run, newest first, a page at a time. Runs that are recorded meanwhile shift nothing. */
export async function* everyRun(url: string, pageSize = 500): AsyncGenerator<Run> {
  const client = new GraphQLClient(url);
  let after: string | null = null;
  for (;;) {
    const { runs }: RunPageQuery = await client.request(RunPageDocument, { first: pageSize, after });
    if (!runs) throw new Error("The runs could not be read."); // graphql-request has thrown the error already
    for (const { node } of runs.edges) yield node;
    if (!runs.pageInfo.hasNextPage) return;
    after = runs.pageInfo.endCursor;
  }
}
