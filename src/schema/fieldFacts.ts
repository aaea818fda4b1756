import { type GraphQLOutputType, getNamedType, getNullableType, isListType, isScalarType } from "graphql";

/**
 * What the limits and the response cache must know of a field besides its type. A field says so in its `extensions`.
 */
export interface FieldFacts {
  /** How many objects a list holds at most, or usually, where neither of the following says so. */
  size?: number;
  /** The argument that sizes a list of objects: a number, or a list of which each item yields one object. */
  sizedBy?: string;
  /** The list in the mutation's `input` of which each item yields one object of this list. */
  sizedByInput?: string;
  /** The value can change while a finished clustering that leads to it exists. Default: false. */
  mutable?: boolean;
  /**
   * Of a field of Query: it finds by its `id` an object that does not change once its clustering has finished, and that
   * leads only to others of this kind except through fields that are `mutable`. Default: false.
   */
  findsImmutable?: boolean;
  /** Clients decide how long the value is. Default: whether it is a text or a list of scalars. */
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
  const byType = named.name === "String" || (isScalarType(named) && isListType(getNullableType(type)));
  return extensions?.long ?? byType;
}
