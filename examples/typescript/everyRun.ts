import { GraphQLClient } from "graphql-request";
import { headers } from "./headers.js";
import { RunPageDocument, type RunPageQuery } from "./operations.js";

type Run = NonNullable<RunPageQuery["runs"]>["edges"][number]["node"];

/** Every run, newest first, a page at a time. Runs that are recorded during the loop do not shift the pages. */
export async function* everyRun(url: string, pageSize = 500): AsyncGenerator<Run> {
  const client = new GraphQLClient(url, { headers });
  let after: string | null = null;
  for (;;) {
    const { runs }: RunPageQuery = await client.request(RunPageDocument, { first: pageSize, after });
    if (!runs) throw new Error("The runs could not be read."); // graphql-request has already thrown this error
    for (const { node } of runs.edges) yield node;
    if (!runs.pageInfo.hasNextPage) return;
    after = runs.pageInfo.endCursor;
  }
}
