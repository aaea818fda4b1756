import type { GraphQLFieldConfig } from "graphql";
import type { Context } from "../schema/context.js";

/** A field of an object of the schema, as what wraps its resolver takes and gives it. */
// biome-ignore lint/suspicious/noExplicitAny: of whatever source and arguments
export type FieldConfig = GraphQLFieldConfig<any, Context>;
