import { type NodeType, nodeTypes, parseGlobalId, parseIdOf } from "../resolvers/globalId.js";
import { largestPageSize } from "../resolvers/pagination/pageArguments.js";
import { invalidArgument } from "../resolvers/requestError.js";
import { builder } from "./builder.js";
import type { Context } from "./context.js";

/**
 * Reads an id argument, with or without its type in front.
 * @returns the bare UUID
 * @throws RequestError (INVALID_INPUT) if the id is of another type or not valid
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
  EmbeddingMap: "embeddingMap",
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

/** Each id of `nodes` reads a row, so the limit is that of a page. */
export const mostIds = largestPageSize;

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    description:
      "The object with the given typed id; a bare UUID is refused, because it does not identify the type. Null if no object has the id.",
    args: { id: t.arg.id({ required: true, description: 'A typed id, such as "Run:0198c1b2-…".' }) },
    resolve: (_, { id }, context) => loadNode(id, ["id"], context),
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    extensions: { sizedBy: "ids" },
    nullable: { list: true, items: true },
    description:
      "The objects with the given typed ids, in the order of the ids; an item is null if no object has its id. The list itself is null only together with an error that gives the reason.",
    args: { ids: t.arg.idList({ required: true, description: `Typed ids, at most ${mostIds}.` }) },
    resolve: (_, { ids }, context) => {
      if (ids.length > mostIds) throw invalidArgument(["ids"], `must be at most ${mostIds} ids.`, ids.length);
      return Promise.all(ids.map((id, i) => loadNode(id, ["ids", String(i)], context)));
    },
  }),
}));
