import type { FilterOptions } from "../options/clusterOptions.js";
import { CommandError } from "../process.js";
import type { Api } from "./api.js";
import { type PageData, pageFields, pages } from "./pages.js";

const invocationFields = /* GraphQL */ `
  ${pageFields}
  edges { node { sequenceNumber model externalId outputText embedding(embeddingModel: $embeddingModel) { id } } }
`;
const runFields = "id network initialPrompt";

const runsQuery = /* GraphQL */ `
  query RunsToAssign($filter: RunFilter!, $embeddingModel: String!, $first: Int!, $after: String, $invocations: Int!) {
    runs(filter: $filter, first: $first, after: $after) {
      ${pageFields}
      edges { node { ${runFields} invocations(first: $invocations) { ${invocationFields} } } }
    }
  }
`;
const runQuery = /* GraphQL */ `
  query RunToAssign($id: ID!, $embeddingModel: String!, $first: Int!, $after: String) {
    run(id: $id) { ${runFields} invocations(first: $first, after: $after) { ${invocationFields} } }
  }
`;

interface Invocation {
  sequenceNumber: number;
  model: string;
  externalId: string | null;
  outputText: string | null;
  embedding: { id: string } | null;
}

interface Run {
  id: string;
  network: string[];
  initialPrompt: string;
  invocations: PageData<Invocation>;
}

/** An embedding, with what a row of a file has of its run and its invocation. */
export interface EmbeddingToAssign {
  id: string;
  run: Pick<Run, "id" | "network" | "initialPrompt">;
  invocation: Invocation;
}

/** Few enough for the default limit of objects, each invocation with its embedding; longer runs are read in pages. */
const runsAtOnce = 20;
const invocationsAtOnce = 100;
const invocationsOfLongRun = 500;

/** The embeddings of a model that a filter selects, run by run, in the order of their sequence numbers. */
export async function* embeddingsToAssign(
  api: Api,
  embeddingModel: string,
  filter: FilterOptions,
): AsyncGenerator<EmbeddingToAssign, void, void> {
  for await (const run of runsOf(api, embeddingModel, filter)) {
    let place = 0;
    for await (const invocation of invocationsOf(api, run, embeddingModel)) {
      if (invocation.embedding === null || !isSelected(invocation, filter)) continue;
      if (place++ % (filter.everyNth ?? 1) !== 0) continue;
      yield { id: invocation.embedding.id, run, invocation };
    }
  }
}

async function* runsOf(
  api: Api,
  embeddingModel: string,
  { runIds, networks, initialPrompts }: FilterOptions,
): AsyncGenerator<Run, void, void> {
  if (runIds === undefined) {
    const readPage = async (page: { first: number; after: string | undefined }) =>
      (
        await api.execute<{ runs: PageData<Run> }>(runsQuery, {
          ...{ filter: { embeddingModel, networks, initialPrompts }, embeddingModel },
          ...{ ...page, invocations: invocationsAtOnce },
        })
      ).runs;
    for await (const { edges } of pages(readPage, { pageSize: runsAtOnce })) {
      for (const { node } of edges) yield node;
    }
    return;
  }
  const isOneOf = (value: unknown, values: unknown[] | undefined) =>
    values?.some((one) => JSON.stringify(one) === JSON.stringify(value)) ?? true;
  for (const id of new Set(runIds)) {
    const { run } = await api.execute<{ run: Run | null }>(runQuery, {
      ...{ id, embeddingModel, first: invocationsOfLongRun },
    });
    if (run === null) throw new CommandError(`No run has the id ${id}.`);
    if (isOneOf(run.network, networks) && isOneOf(run.initialPrompt, initialPrompts)) yield run;
  }
}

async function* invocationsOf(
  api: Api,
  { id, invocations }: Run,
  embeddingModel: string,
): AsyncGenerator<Invocation, void, void> {
  for (const { node } of invocations.edges) yield node;
  const { hasNextPage, endCursor } = invocations.pageInfo;
  if (!hasNextPage) return;
  const readPage = async (page: { first: number; after: string | undefined }) => {
    const { run } = await api.execute<{ run: Run | null }>(runQuery, { id, embeddingModel, ...page });
    if (run === null) throw new CommandError(`The run ${id} was deleted.`);
    return run.invocations;
  };
  const options = { after: endCursor ?? undefined, pageSize: invocationsOfLongRun };
  for await (const { edges } of pages(readPage, options)) for (const { node } of edges) yield node;
}

function isSelected(
  { model, sequenceNumber }: Invocation,
  { models, sequenceNumber: range }: FilterOptions,
): boolean {
  if (models !== undefined && !models.includes(model)) return false;
  const { min = 0, max = Number.POSITIVE_INFINITY } = range ?? {};
  return sequenceNumber >= min && sequenceNumber <= max;
}
