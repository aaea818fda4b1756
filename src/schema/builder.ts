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
    JSON: { Input: unknown; Output: unknown };
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
      if (!parsed) throw new Error(`${JSON.stringify(text)} is not a global id`);
      return { typename: parsed.type, id: parsed.uuid };
    },
    // schema/node.ts defines its own, which report what is wrong with an id and use the operation's loaders.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: { description: "An object with a globally unique id." },
    idFieldOptions: {
      description: 'The globally unique id: the name of the type, ":" and a UUID, as in "Run:0198c1b2-…".',
    },
    pageInfoTypeOptions: { description: "The position of a page in its connection." },
    hasNextPageFieldOptions: { description: "Whether there are items after the page." },
    hasPreviousPageFieldOptions: { description: "Whether there are items before the page." },
    startCursorFieldOptions: {
      description: "The cursor of the page's first edge, to use as `before`; null if the page is empty.",
    },
    endCursorFieldOptions: {
      description: "The cursor of the page's last edge, to use as `after`; null if the page is empty.",
    },
    defaultConnectionTypeOptions: {
      description: "A page of a list, as defined by the Relay cursor connections specification.",
    },
    defaultEdgeTypeOptions: { description: "An item of a page, with its cursor." },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: `The items of the page: ${defaultPageSize} by default, at most ${largestPageSize}.`,
    },
    pageInfoFieldOptions: { description: "The position of the page, and whether there are more pages." },
    nodeFieldOptions: { nullable: false, description: "The item itself." },
    cursorFieldOptions: {
      description:
        "The position of the item in this order, to use as `after` or `before`. It stays valid when items are added or removed.",
    },
    firstArgOptions: {
      description: `The number of items from the start, 0 to ${largestPageSize}. Absent: ${defaultPageSize}, unless \`last\` is given.`,
    },
    lastArgOptions: {
      description: `The number of items from the end, 0 to ${largestPageSize}; together with \`first\`, the last ones of the items that \`first\` selects. Absent: \`first\` alone selects the items.`,
    },
    afterArgOptions: { description: "A cursor: the page has only items after it. Absent: from the start." },
    beforeArgOptions: { description: "A cursor: the page has only items before it. Absent: to the end." },
  },
});

type SchemaTypes = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** Makes fields of an object type whose objects have at least this shape, where several types have the same fields. */
export type ObjectFields<Shape> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Shape>;
/** A field of an object type. */
export type ObjectField = PothosSchemaTypes.FieldRef<SchemaTypes, unknown, "Object">;
/** Makes fields of an input type that stand beside those of another. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, "InputObject">;
