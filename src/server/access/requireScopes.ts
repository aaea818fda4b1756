import {
  BREAK,
  type ExecutionArgs,
  type GraphQLCompositeType,
  getOperationAST,
  isInterfaceType,
  isObjectType,
  type OperationDefinitionNode,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { factsOf } from "../../schema/fieldFacts.js";
import { asError, missingScope } from "../errors.js";
import type { Rejections } from "../limits/rejections.js";
import type { Scope } from "./apiKey.js";
import type { Caller } from "./keyring.js";

/**
 * Refuses operations that the caller's key does not allow: queries and subscriptions need `read`, mutations
 * need `write`. Objects that can be reached from the result of a mutation need `read` as well; otherwise
 * `write` alone would be enough to read everything.
 */
export function requireScopes(rejections: Rejections): Plugin<{ requester: Caller }> {
  function check(args: ExecutionArgs): void {
    const { scopes } = (args.contextValue as { requester: Caller }).requester;
    const operation = getOperationAST(args.document, args.operationName);
    const needed: Scope = operation?.operation === "mutation" ? "write" : "read";
    if (!scopes.has(needed)) {
      throw refusal(needed, `, which a ${operation?.operation} needs`);
    }
    if (scopes.has("read") || !operation) return;
    const field = fieldToRead(args, operation);
    if (field === null) return;
    throw refusal("read", `, which the field ${field} needs in the response to a mutation`);
  }
  function refusal(scope: Scope, need: string): Error {
    rejections.add("FORBIDDEN");
    return asError(missingScope(scope, need));
  }
  return {
    onExecute: ({ args }) => check(args as ExecutionArgs),
    onSubscribe: ({ args }) => check(args as ExecutionArgs),
  };
}

/**
 * Finds the first field of a mutation that needs `read`, such as "ClusteringResult.clusters"; null if there
 * is none. With `write` alone a client may select the mutation's own result and the objects of an error,
 * which say what is wrong with the input or which clustering is in the way, but no fields of any other
 * object, nor fields that hold what is of other objects, or the address at which that is served.
 */
function fieldToRead({ schema, document }: ExecutionArgs, { name }: OperationDefinitionNode): string | null {
  const types = new TypeInfo(schema);
  const error = schema.getType("Error");
  const needsNothing = (type: GraphQLCompositeType) =>
    type === schema.getMutationType() ||
    (isObjectType(type) && isInterfaceType(error) && schema.isSubType(error, type));
  let found: string | null = null;
  // The operation with the fragments that it spreads, and no others.
  const operation = separateOperations(document)[name?.value ?? ""];
  visit(
    operation,
    visitWithTypeInfo(types, {
      Field(field) {
        const type = types.getParentType();
        const readsOthers = field.selectionSet || factsOf(types.getFieldDef() ?? {}).readsOthers;
        if (!readsOthers || (type && needsNothing(type))) return undefined;
        found = `${type?.name}.${field.name.value}`;
        return BREAK;
      },
    }),
  );
  return found;
}
