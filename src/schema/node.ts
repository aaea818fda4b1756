import { type NodeType, nodeTypes, parseGlobalId, parseIdOf } from "../resolvers/globalId.js";
import { largestPageSize } from "../resolvers/pagination/pageArguments.js";
import { invalidArgument } from "../resolvers/requestError.js";
import { builder } from "./builder.js";
import type { Context } from "./context.js";

/**
 * Reads an id argument that may carry its type or not.
 * @returns the bare UUID
 * @throws RequestError (INVALID_INPUT) where it is of another type, or no id
 */
export function idOf(type: NodeType, id: string, argument = "id"): string {
  const parsed = parseIdOf(type, id);
  if ("problem" in parsed) throw invalidArgument([argument], parsed.problem, id);
  return parsed.uuid;
}

const loaderOf = {
  Run: "run",
  Invocation: "invocation",
  EmbeddingModel: "embeddingModel",
  Embedding: "embedding",
  ClusteringResult: "clusteringResult",
  Cluster: "cluster",
} as const satisfies Record<NodeType, string>;

async function loadNode(id: string, path: string[], { loaders }: Context) {
  const parsed = parseGlobalId(id);
  if (!parsed) {
    const types = nodeTypes.join(", ");
    throw invalidArgument(path, `must be a typed id: one of ${types}, then ":" and a UUID.`, id);
  }
  const row = await loaders[loaderOf[parsed.type]].load(parsed.uuid);
  return row && { ...row, __typename: parsed.type };
}

/** Each id of `nodes` costs a row: the same limit as for a page. */
export const mostIds = largestPageSize;

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description: "Anything by its typed id (a bare UUID does not tell the type). Null: nothing has this id.",
    args: { id: t.arg.id({ required: true, description: 'A typed id, such as "Run:0198c1b2-…".' }) },
    resolve: (_, { id }, context) => loadNode(id, ["id"], context),
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    extensions: { sizedBy: "ids" },
    nullable: { list: true, items: true },
    description:
      "As `node`, for many ids at once: in their order, null where nothing has the id. No list, but null, only together with an error that says why.",
    args: { ids: t.arg.idList({ required: true, description: `Typed ids, at most ${mostIds}.` }) },
    resolve: (_, { ids }, context) => {
      if (ids.length > mostIds) throw invalidArgument(["ids"], `must be at most ${mostIds} ids.`, ids.length);
      return Promise.all(ids.map((id, i) => loadNode(id, ["ids", String(i)], context)));
    },
  }),
}));
