import { setTimeout as delay } from "node:timers/promises";

export interface OperationResponse<Data> {
  status: number;
  data: Data | null;
  errors?: { message: string; extensions: { code: string; [name: string]: unknown } }[];
}

/** Sends one operation. @throws if the server cannot be reached, or stops before it has responded */
export async function send<Data>(
  url: string,
  query: string,
  variables: object = {},
): Promise<OperationResponse<Data>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(90_000),
  });
  return { status: response.status, ...(await response.json()) };
}

/** The data of an operation that must succeed. */
export async function ask<Data>(url: string, query: string, variables: object = {}): Promise<Data> {
  const { data, errors } = await send<Data>(url, query, variables);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}

/** Sends it again, to a server that runs at that time, until one has responded without an error. */
export async function insist<Data>(
  url: () => string | undefined,
  query: string,
  variables: object = {},
  milliseconds = 240_000,
): Promise<Data> {
  const until = Date.now() + milliseconds;
  for (let wait = 20; ; wait = Math.min(wait * 2, 500)) {
    try {
      const to = url();
      if (!to) throw new Error("No server is running.");
      return await ask<Data>(to, query, variables);
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await delay(wait);
  }
}

export const clusterMutation = /* GraphQL */ `
  mutation ($input: ClusterEmbeddingsInput!) {
    clusterEmbeddings(input: $input) {
      __typename
      ... on ClusteringResult { id }
      ... on Error { message code }
    }
  }
`;

export interface ClusterData {
  clusterEmbeddings: { __typename: string; id?: string; message?: string; code?: string };
}

/** Starts a clustering of the test database's embeddings. @returns its bare UUID */
export async function startClustering(url: string, input: object = {}): Promise<string> {
  const { clusterEmbeddings } = await ask<ClusterData>(url, clusterMutation, {
    input: { embeddingModel: "Model", ...input },
  });
  return startedId(clusterEmbeddings);
}

export function startedId({ id, ...refusal }: ClusterData["clusterEmbeddings"]): string {
  if (!id) throw new Error(`It was not started: ${JSON.stringify(refusal)}`);
  return bareId(id);
}

/** "ClusteringResult:0198…" without its type. */
const bareId = (id: string) => id.slice(id.indexOf(":") + 1);
