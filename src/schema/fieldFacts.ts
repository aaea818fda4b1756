import { type GraphQLOutputType, getNamedType, getNullableType, isListType, isScalarType } from "graphql";
import type { FinishedRow } from "../database/database.js";

/**
 * The facts about a field, besides its type, that the limits and the response cache need. They are given in the field's
 * `extensions`.
 */
export interface FieldFacts {
  /** The greatest, or else usual, number of objects in a list, if none of the next three gives its size. */
  size?: number;
  /** The argument that sizes a list of objects: a number, or a list of which each item yields one object. */
  sizedBy?: string;
  /** The list in the mutation's `input` of which each item yields one object of this list. */
  sizedByInput?: string;
  /**
   * The argument whose lists are combined, each item with each: every combination yields one object of this list, at most
   * `size`.
   */
  sizedByCombinations?: string;
  /**
   * The number of objects that each item counts as, because finding it takes about as long as reading that many. Default:
   * 1.
   */
  weight?: number;
  /** Whether the value can change while a finished clustering that leads to it exists. Default: false. */
  mutable?: boolean;
  /** Whether the value is what people say of a finished clustering or its clusters, and may say anew at any time. */
  annotation?: boolean;
  /**
   * The argument that names a clustering result, if the value cannot change any more once that has succeeded, for as
   * long as it exists.
   */
  dependsOnResult?: string;
  /**
   * For a field of Query whose value does not change once certain clusterings have finished, and leads only to objects
   * of this kind, except through `mutable` fields and annotations: its arguments that are ids of these clusterings or of their clusters,
   * by the type of the id. Absent: its value can change.
   */
  findsImmutable?: Record<string, FinishedRow["type"]>;
  /** Whether the value, although it is no object, is that of another object, or an address at which others are served. */
  readsOthers?: boolean;
  /** Whether clients decide the length of the value. Default: true for a text, JSON or a list of scalars. */
  long?: boolean;
}

interface Field {
  type: GraphQLOutputType;
  extensions?: FieldFacts | null;
}

export function factsOf({ extensions }: Pick<Field, "extensions">): FieldFacts {
  return extensions ?? {};
}

export function isLong({ type, extensions }: Field): boolean {
  const named = getNamedType(type);
  const byType =
    ["String", "JSON"].includes(named.name) || (isScalarType(named) && isListType(getNullableType(type)));
  return extensions?.long ?? byType;
}
