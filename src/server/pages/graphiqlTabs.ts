import type { PrismaClient } from "../../database/generated/sqlite/client.js";
import { formatGlobalId } from "../../resolvers/globalId.js";
import { walkQuery } from "../../schema/walkQuery.js";

export interface GraphiqlTab {
  query: string;
  /** A JSON object. */
  variables: string;
  /** A JSON object. */
  headers?: string;
}

const walk = `# From a clustering to the invocation behind each medoid,
# its run, and the image that led to it.
${walkQuery}`;

const noResultYet = `# No clustering has succeeded yet. Start one in the next
# tab, or with "medoid cluster", and load this page again:
# the walk from its clusters to their medoids' invocations
# will stand here.
query Results {
  clusteringResults(first: 5) {
    totalCount
    edges { node { id status stage progress } }
  }
}
`;

const start = `# Starts a clustering and returns immediately. Watch it in
# the next tab, which takes the id that this returns.
mutation Start($input: ClusterEmbeddingsInput!) {
  clusterEmbeddings(input: $input) {
    __typename
    ... on ClusteringResult { id status parameters { minClusterSize minSamples } }
    ... on Error { code message }
  }
}
`;

const noEmbeddings = `# No embeddings have been recorded yet: import runs with
# their embeddings by "medoid import FILE", or record them
# with the mutation recordTrajectories.
query Recorded {
  runs { totalCount }
  embeddingModels { name dimensions embeddingCount }
}
`;

const watch = `# The current state immediately, then every change,
# until the clustering is done.
subscription Watch($id: ID!) {
  clusteringProgress(id: $id) {
    status
    stage
    progress
    clusterCount
    outlierCount
    failure { code message }
  }
}
`;

const path = `# One run as a path through the clusters.
query Path($run: ID!, $clustering: ID!) {
  run(id: $run) {
    network
    initialPrompt
    clusterPath(clusteringResultId: $clustering, first: 60) {
      edges {
        node {
          embedding { invocation { sequenceNumber outputText } }
          cluster { label size medoidText }
          probability
          isMedoid
        }
      }
    }
  }
}
`;

const newest = [{ createdAt: "desc" }, { id: "desc" }] as const;

const withKey = `# This server asks for an API key: put it under "Headers"
# below, in place of KEY.
query Results {
  clusteringResults(first: 5) {
    totalCount
    edges { node { id status stage progress } }
  }
}
`;

/**
 * The tabs of GraphiQL if keys are required. The page is served without a key, so its tabs must not reveal
 * anything that the database contains.
 */
export function graphiqlTabsWithKey(): GraphiqlTab[] {
  // The placeholder is valid in a header, since fetch sends no other. So the server gets the request, and its
  // error says what is missing.
  const headers = JSON.stringify({ Authorization: "Bearer KEY" }, null, 2);
  const tab = (query: string, variables: object = {}) => ({
    query,
    variables: JSON.stringify(variables, null, 2),
    headers,
  });
  const id = formatGlobalId("ClusteringResult", "…");
  return [
    tab(withKey),
    tab(walk, { id }),
    tab(start, { input: { embeddingModel: "…" } }),
    tab(watch, { id }),
    tab(path, { run: formatGlobalId("Run", "…"), clustering: id }),
  ];
}

/**
 * The tabs of GraphiQL, with variables that are filled in from the database, so that they can be run without
 * changes.
 */
export async function graphiqlTabs(prisma: PrismaClient): Promise<GraphiqlTab[]> {
  const [succeeded, latest, model] = await Promise.all([
    prisma.clusteringResult.findFirst({
      where: { status: "SUCCEEDED", clusterCount: { gt: 0 } },
      orderBy: [...newest],
      select: { id: true },
    }),
    prisma.clusteringResult.findFirst({ orderBy: [...newest], select: { id: true } }),
    prisma.embeddingModel.findFirst({ orderBy: { embeddingCount: "desc" }, select: { name: true } }),
  ]);
  const largest =
    succeeded &&
    (await prisma.cluster.findFirst({
      where: { clusteringResultId: succeeded.id, label: 0 },
      select: { medoidEmbedding: { select: { invocation: { select: { runId: true } } } } },
    }));

  const tab = (query: string, variables: object = {}) => ({
    query,
    variables: JSON.stringify(variables, null, 2),
  });
  const clustering = (id: string) => formatGlobalId("ClusteringResult", id);
  const tabs = [succeeded ? tab(walk, { id: clustering(succeeded.id) }) : tab(noResultYet)];
  tabs.push(model ? tab(start, { input: { embeddingModel: model.name } }) : tab(noEmbeddings));
  if (model) tabs.push(tab(watch, { id: clustering(latest?.id ?? "…") }));
  if (succeeded && largest) {
    const run = formatGlobalId("Run", largest.medoidEmbedding.invocation.runId);
    tabs.push(tab(path, { run, clustering: clustering(succeeded.id) }));
  }
  return tabs;
}
