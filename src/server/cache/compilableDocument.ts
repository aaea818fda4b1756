import { isDeepStrictEqual } from "node:util";
import {
  type ASTNode,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  TypeInfo,
  type ValueNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { measureOperations } from "../limits/documentMeasures.js";

/**
 * Maximum number of selections of a document that is compiled, counted wherever a fragment is spread and for
 * each type that an interface may be. Compiling takes about a third of a millisecond per selection, 50 ms in
 * total, during which other requests wait.
 */
const mostSelections = 150;

/** Counts the selections that the compiler visits. It follows a fragment wherever the fragment is spread. */
const selections = measureOperations<number>({
  nothing: 0,
  together: (one, other) => one + other,
  field: (_, below) => 1 + below,
  other: (_, below) => 1 + below,
});

/**
 * Matches names that are safe in generated code, which joins names with "_" and uses them as keys of object
 * literals, in which `__proto__` is not an ordinary key.
 */
const safeName = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * Whether graphql-jit returns the same result for a valid document as graphql-js, apart from errors, and the
 * time that compiling takes is bounded. graphql-jit 0.8 is known to differ in the following cases, so
 * documents in which they may occur are not compiled:
 *
 * - `@skip` and `@include`: it stores the conditions with the node of a field, which is the same for all
 *   places where a fragment is spread. So directives are not allowed.
 * - Variables within a list or an input object: if one is not given, its field becomes null rather than
 *   absent. So an argument must be a variable or contain none.
 * - Literals and defaults are written into the generated code as JSON, in which certain texts that begin with
 *   `__` are replaced, so that a client could inject code. So each must survive JSON unchanged, which a date
 *   does not, and must not contain "__".
 * - Data about a field is stored under the names on its path, joined with "_", and the result is an object
 *   literal. So aliases and variables must consist of letters and digits.
 * - Several operations, and introspection: documents with these are rarely executed hundreds of times.
 *
 * In all other cases it follows the rules of graphql-js: the order and merging of fields, the types of
 * fragments, the values of variables, and serialising are the same steps on the same schema. An operation
 * whose result has errors is executed again by graphql-js.
 */
export function mayBeCompiled(schema: GraphQLSchema, document: DocumentNode): boolean {
  if (Math.max(...selections(document)) > mostSelections) return false; // before the slower visit with types
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  if (operations.length !== 1) return false;
  let safe = true;
  let possibleTypes = 1;
  const require = (condition: boolean) => {
    safe &&= condition;
  };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Directive: () => require(false),
      VariableDefinition({ variable, defaultValue }) {
        require(safeName.test(variable.name.value));
        const type = types.getInputType();
        require(isWrittenAsIs(type, defaultValue) && areDefaultsWrittenAsIs(type));
      },
      Argument({ value }) {
        const type = types.getInputType();
        require(value.kind === Kind.VARIABLE || (!holdsVariables(value) && isWrittenAsIs(type, value)));
      },
      Field({ name, alias }) {
        if (alias) require(safeName.test(alias.value));
        require(!/^__(schema|type)$/.test(name.value));
        const field = types.getFieldDef();
        for (const { defaultValue } of field?.args ?? []) require(survivesJson(defaultValue));
        const type = field && getNamedType(field.type);
        if (isAbstractType(type)) possibleTypes *= schema.getPossibleTypes(type).length;
      },
    }),
  );
  return safe && possibleTypes * Math.max(...selections(document)) <= mostSelections;
}

function holdsVariables(value: ASTNode): boolean {
  let found = false;
  visit(value, {
    Variable() {
      found = true;
    },
  });
  return found;
}

/** Whether a literal still has the same value after it was written into generated code. */
function isWrittenAsIs(type: GraphQLInputType | null | undefined, value: ValueNode | undefined): boolean {
  if (!value) return true;
  return type != null && survivesJson(valueFromAST(value, type));
}

/** Whether the defaults of an input type's fields still have the same values after that, at any depth. */
function areDefaultsWrittenAsIs(type: GraphQLInputType | null | undefined): boolean {
  if (isNonNullType(type) || isListType(type)) return areDefaultsWrittenAsIs(type.ofType as GraphQLInputType);
  if (!isInputObjectType(type)) return true;
  return Object.values(type.getFields()).every(
    (field) => survivesJson(field.defaultValue) && areDefaultsWrittenAsIs(field.type),
  );
}

function survivesJson(value: unknown): boolean {
  if (value === undefined) return true;
  try {
    const text = JSON.stringify(value);
    return !text.includes("__") && isDeepStrictEqual(withoutPrototypes(value), JSON.parse(text));
  } catch {
    return false; // JSON cannot represent a bigint
  }
}

/**
 * Gives the input objects of graphql-js, which have no prototype, the usual one. Resolvers see no difference.
 */
function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutPrototypes(each)]));
}
