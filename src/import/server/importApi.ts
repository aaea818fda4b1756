import { metadataText } from "../../database/recording/metadata.js";
import { download, execute } from "../../remote/graphql.js";
import type { ServerAddress } from "../../remote/serverAddress.js";
import type { InputIssue } from "../../resolvers/errors.js";
import type { RunInput } from "../../resolvers/recording/runInput.js";

/** What an import needs of a server's API. Each function throws ServerError, and the signal's reason once it aborts. */
export interface ImportApi {
  /** Finds out whether the caller may read and record. */
  requireAccess(): Promise<void>;
  /** Number of dimensions of each embedding model, by name. */
  dimensions(): Promise<Map<string, number>>;
  /** Which of the given runs are recorded. */
  recordedRuns(ids: string[]): Promise<Set<string>>;
  /** Those of the given invocations that are recorded, by their ids. */
  recordedInvocations(ids: string[]): Promise<Map<string, RecordedParts>>;
  /** The metadata of those of the given invocations that are recorded, as canonical JSON, by their ids. */
  recordedMetadata(ids: string[]): Promise<Map<string, string | null>>;
  /** Which of the given invocations have a recorded image. */
  invocationsWithImage(ids: string[]): Promise<string[]>;
  /** The bytes of the recorded images of the given invocations, by the invocation's id. */
  images(invocationIds: string[]): Promise<Map<string, { mediaType: string; bytes: Uint8Array }>>;
  record(runs: RunInput[]): Promise<RecordingOutcome>;
  /** Deletes a run, unless a clustering uses it. */
  deleteRun(id: string): Promise<void>;
}

/** What is recorded with an invocation. */
export interface RecordedParts {
  embeddingModels: string[];
}

/** The numbers of what was new, or why nothing was recorded. */
type RecordingOutcome =
  | { runCount: number; invocationCount: number; embeddingCount: number }
  | { issues: InputIssue[] };

const modelsQuery = /* GraphQL */ `
  query Models { embeddingModels { name dimensions } }
`;
const runsQuery = /* GraphQL */ `
  query RecordedRuns($ids: [ID!]!) { nodes(ids: $ids) { ... on Run { id } } }
`;
const invocationsQuery = /* GraphQL */ `
  query RecordedInvocations($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Invocation { id outputImage { mediaType url } embeddings { embeddingModel { name } } }
    }
  }
`;
const metadataQuery = /* GraphQL */ `
  query RecordedMetadata($ids: [ID!]!) { nodes(ids: $ids) { ... on Invocation { id metadata } } }
`;
// The server allows long values only to a document that does nothing but record.
const recording = /* GraphQL */ `
  mutation Import($input: RecordTrajectoriesInput!) {
    recordTrajectories(input: $input) {
      ... on RecordedTrajectories { runCount invocationCount embeddingCount }
      ... on InvalidInputError { issues { path message value } }
    }
  }
`;
const deletion = /* GraphQL */ `
  mutation DeletePart($id: ID!) { deleteRun(id: $id) { __typename } }
`;

/** Number of ids in a query: the models of 100 invocations stay far below a server's limit of what a query may read. */
const idsPerQuery = 100;

interface InvocationNode {
  id: string;
  outputImage: { mediaType: string; url: string } | null;
  embeddings: { embeddingModel: { name: string } }[];
}

export function importApi(server: ServerAddress, signal?: AbortSignal): ImportApi {
  // Recording and deleting again changes nothing, so everything may be sent again.
  const send = <Data>(query: string, variables?: Record<string, unknown>): Promise<Data> =>
    execute<Data>(server, { query, variables, isRepeatable: true, signal });

  async function nodes<Node>(query: string, type: string, ids: string[]): Promise<Node[]> {
    const found: Node[] = [];
    for (let from = 0; from < ids.length; from += idsPerQuery) {
      const some = ids.slice(from, from + idsPerQuery).map((id) => `${type}:${id}`);
      const { nodes } = await send<{ nodes: (Node | null)[] }>(query, { ids: some });
      found.push(...nodes.filter((node) => node !== null));
    }
    return found;
  }

  const invocationNodes = (ids: string[]) => nodes<InvocationNode>(invocationsQuery, "Invocation", ids);

  async function dimensions(): Promise<Map<string, number>> {
    type Data = { embeddingModels: { name: string; dimensions: number }[] };
    const { embeddingModels } = await send<Data>(modelsQuery);
    return new Map(embeddingModels.map(({ name, dimensions }) => [name, dimensions]));
  }

  async function record(runs: RunInput[]): Promise<RecordingOutcome> {
    const { recordTrajectories } = await send<{ recordTrajectories: RecordingOutcome }>(recording, {
      input: { runs },
    });
    return recordTrajectories;
  }

  return {
    dimensions,
    record,

    async requireAccess() {
      await dimensions();
      await record([]);
    },

    async recordedRuns(ids) {
      return new Set((await nodes<{ id: string }>(runsQuery, "Run", ids)).map(uuidOf));
    },

    async recordedInvocations(ids) {
      const found = await invocationNodes(ids);
      return new Map(
        found.map((node) => [
          uuidOf(node),
          { embeddingModels: node.embeddings.map(({ embeddingModel }) => embeddingModel.name) },
        ]),
      );
    },

    async recordedMetadata(ids) {
      const found = await nodes<{ id: string; metadata: object | null }>(metadataQuery, "Invocation", ids);
      return new Map(
        found.map((node) => [
          uuidOf(node),
          node.metadata === null ? null : (metadataText(node.metadata) as string),
        ]),
      );
    },

    async invocationsWithImage(ids) {
      return (await invocationNodes(ids)).filter(({ outputImage }) => outputImage !== null).map(uuidOf);
    },

    async images(invocationIds) {
      const images = new Map<string, { mediaType: string; bytes: Uint8Array }>();
      for (const node of await invocationNodes(invocationIds)) {
        if (!node.outputImage) continue;
        const { mediaType, url } = node.outputImage;
        const pieces: Uint8Array[] = [];
        for await (const piece of download(server, url, signal)) pieces.push(piece);
        images.set(uuidOf(node), { mediaType, bytes: Buffer.concat(pieces) });
      }
      return images;
    },

    async deleteRun(id) {
      await send(deletion, { id });
    },
  };
}

/** The bare UUID of "Run:0198c1b2-…". */
const uuidOf = ({ id }: { id: string }) => id.slice(id.indexOf(":") + 1);
