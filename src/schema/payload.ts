import type { ObjectRef, SchemaTypes } from "@pothos/core";
import { DomainError } from "../resolvers/errors.js";
import { builder } from "./builder.js";

type Types = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : SchemaTypes;

/**
 * Defines the union that a mutation returns: its result, or one of the errors that take its place.
 * @param members the result type first; a function, because types refer to each other across files
 */
export function payload<
  Result extends ObjectRef<Types, object>,
  Failure extends ObjectRef<Types, DomainError>,
>(name: string, description: string, members: () => [Result, ...Failure[]]) {
  return builder.unionType(name, {
    description,
    types: members,
    resolveType: (value) => (value instanceof DomainError ? value.typename : members()[0].name),
  });
}
