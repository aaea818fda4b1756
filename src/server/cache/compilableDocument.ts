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
 * Compiling takes about a third of a millisecond for each selection, through fragments and for each type that an
 * interface may be: 50 ms at most, during which other requests wait.
 */
const mostSelections = 150;

/** How many selections the compiler visits: it follows a fragment wherever it is spread. */
const selections = measureOperations<number>({
  nothing: 0,
  together: (one, other) => one + other,
  field: (_, below) => 1 + below,
  other: (_, below) => 1 + below,
});

/** Generated code joins names with "_", and a key `__proto__` of an object literal is no key. */
const safeName = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * Whether graphql-jit answers a valid document as graphql does, apart from errors, and how long it takes to compile is
 * bounded. graphql-jit 0.8 is known to differ in the following; what may meet one of these is not compiled:
 *
 * - `@skip` and `@include`: it keeps the conditions with the field's node, which is one for all places where a fragment
 *   brings it. So no directives at all.
 * - Variables within a list or an input object: where one is not given, its field becomes null rather than absent.
 *   So an argument is a variable or holds none.
 * - Literals and defaults are written into the generated code as JSON, in which certain texts that begin with `__` are
 *   replaced: a client could place code there. So each must survive JSON unchanged, which a date does not, and hold no
 *   "__".
 * - What it remembers of a field is found by the names on its path, joined with "_", and the answer is an object
 *   literal. So aliases and variables have letters and digits alone.
 * - Several operations, and questions about the schema, are rarely asked hundreds of times.
 *
 * Without these its rules are graphql's: the order and merging of fields, types of fragments, values of variables, and
 * serialising are the same steps on the same schema. Whatever has an error is executed anew by graphql.
 */
export function mayBeCompiled(schema: GraphQLSchema, document: DocumentNode): boolean {
  if (Math.max(...selections(document)) > mostSelections) return false; // before it is visited with types
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

/** Whether a literal's value is the same where it was written into code. */
function isWrittenAsIs(type: GraphQLInputType | null | undefined, value: ValueNode | undefined): boolean {
  if (!value) return true;
  return type != null && survivesJson(valueFromAST(value, type));
}

/** Whether the defaults of an input type's fields are, however deep. */
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
    return false; // a bigint
  }
}

/** graphql's input objects have no prototype, which is no difference to whoever reads them. */
function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPrototypes);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutPrototypes(each)]));
}
