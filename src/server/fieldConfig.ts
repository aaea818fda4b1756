import type { GraphQLFieldConfig } from "graphql";
import type { Context } from "../schema/context.js";

/**
 * The configuration of a field of an object type. Functions that wrap a field's resolver take and return it.
 */
// biome-ignore lint/suspicious/noExplicitAny: the source and the arguments may have any type
export type FieldConfig = GraphQLFieldConfig<any, Context>;
