import SchemaBuilder from "@pothos/core";
import PrismaPlugin from "@pothos/plugin-prisma";
import RelayPlugin from "@pothos/plugin-relay";
import type PrismaTypes from "../database/generated/pothos.js";
import { getDatamodel } from "../database/generated/pothos.js";
import { formatGlobalId, type NodeType, parseGlobalId } from "../resolvers/globalId.js";
import { defaultPageSize, largestPageSize } from "../resolvers/pagination/pageArguments.js";
import type { Context } from "./context.js";

export const builder = new SchemaBuilder<{
  Context: Context;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: { readonly totalCount: Promise<number> };
  Scalars: {
    ID: { Input: string; Output: string };
    BigInt: { Input: bigint; Output: bigint };
    DateTime: { Input: Date; Output: Date };
  };
}>({
  plugins: [RelayPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  prisma: {
    client: ({ app }) => app.database.prisma,
    dmmf: getDatamodel(),
  },
  relay: {
    cursorType: "String",
    encodeGlobalID: (type, id) => formatGlobalId(type as NodeType, String(id)),
    decodeGlobalID: (text) => {
      const parsed = parseGlobalId(text);
      if (!parsed) throw new Error(`${JSON.stringify(text)} is no global id`);
      return { typename: parsed.type, id: parsed.uuid };
    },
    // schema/node.ts has its own, which says what is wrong with an id and loads what many fields share.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: "What has an id of its own." },
    idFieldOptions: {
      description: 'Readable and typed: the name of the type, ":" and a UUID, as in "Run:0198c1b2-…".',
    },
    pageInfoTypeOptions: { description: "Where a page stands in its connection." },
    hasNextPageFieldOptions: { description: "Whether rows follow the page's last edge." },
    hasPreviousPageFieldOptions: { description: "Whether rows precede the page's first edge." },
    startCursorFieldOptions: {
      description: "Of the page's first edge, for `before`; null for an empty page.",
    },
    endCursorFieldOptions: { description: "Of the page's last edge, for `after`; null for an empty page." },
    defaultConnectionTypeOptions: {
      description: "A page of a list, after the Relay cursor connections specification.",
    },
    defaultEdgeTypeOptions: { description: "An item of a page." },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: `At most ${largestPageSize}; ${defaultPageSize} unless told.`,
    },
    pageInfoFieldOptions: { description: "Where the page stands." },
    nodeFieldOptions: { nullable: false, description: "What the edge leads to." },
    cursorFieldOptions: {
      description:
        "Where the edge stands in this order, for `after` and `before`. It stays right when rows are added.",
    },
    firstArgOptions: {
      description: `How many from the start, 0 to ${largestPageSize}. Absent, as \`last\` is: ${defaultPageSize}.`,
    },
    lastArgOptions: {
      description: `How many from the end, 0 to ${largestPageSize}; with \`first\`, how many of those, from their end. Absent: by \`first\`.`,
    },
    afterArgOptions: { description: "A cursor: only what follows it. Absent: from the start." },
    beforeArgOptions: { description: "A cursor: only what precedes it. Absent: to the end." },
  },
});
