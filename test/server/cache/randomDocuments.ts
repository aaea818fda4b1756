import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isUnionType,
} from "graphql";

export interface RandomOperation {
  query: string;
  variables: Record<string, unknown>;
}

/** Values of a scalar, as a document writes them: JSON that is a valid literal too. */
export type ScalarValues = (type: GraphQLNamedType, of: GraphQLNamedType) => readonly unknown[];

/**
 * A query over a schema, generated from a list of whole numbers: the same numbers give the same query, and fewer or
 * smaller ones a smaller query. It need not be valid, but mostly is. It has fragments that are spread repeatedly,
 * fields that merge, aliases, arguments, variables with defaults, null or no value, and, if `directives` is set, @skip
 * and @include.
 * @param scalars values of a scalar for an argument of a field that gives the type `of`
 */
export function randomOperation(
  schema: GraphQLSchema,
  choices: readonly number[],
  scalars: ScalarValues,
  directives: boolean,
): RandomOperation {
  let at = 0;
  const choose = (below: number) => (choices[at++] ?? 0) % below;
  const chance = (percent: number) => choose(100) >= 100 - percent; // 0, with which lists end, means no
  const oneOf = <Value>(values: readonly Value[]) => values[choose(values.length)];

  const variables: Record<string, unknown> = {};
  const definitions: string[] = [];
  const fragments: { name: string; on: GraphQLNamedType; text: string }[] = [];
  const composite = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLCompositeType => isCompositeType(type) && !type.name.startsWith("__"),
  );
  const possible = (type: GraphQLCompositeType) =>
    isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  const overlap = (one: GraphQLCompositeType, other: GraphQLCompositeType) =>
    possible(one).some((type) => possible(other).includes(type));

  /** A value as JSON; undefined: left out. */
  function value(type: GraphQLInputType, of: GraphQLNamedType): unknown {
    if (isNonNullType(type)) return someValue(type.ofType, of);
    if (chance(8)) return null;
    return someValue(type, of);
  }

  function someValue(type: GraphQLInputType, of: GraphQLNamedType): unknown {
    if (isListType(type)) {
      if (chance(10)) return someValue(type.ofType as GraphQLInputType, of);
      return Array.from({ length: choose(4) }, () => value(type.ofType, of));
    }
    if (isEnumType(type)) return new EnumValue(oneOf(type.getValues()).name);
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || chance(40),
      );
      return Object.fromEntries(fields.map((field) => [field.name, value(field.type, of)]));
    }
    return oneOf(scalars(type as GraphQLNamedType, of));
  }

  function variable(type: GraphQLInputType, of: GraphQLNamedType): string {
    const name = `v${definitions.length}`;
    const optional = isNonNullType(type) && chance(30) ? type.ofType : type;
    const withDefault = optional !== type || (!isNonNullType(type) && chance(30));
    const byDefault = withDefault
      ? ` = ${literal(isNonNullType(type) ? someValue(optional, of) : value(type, of))}`
      : "";
    definitions.push(`$${name}: ${optional}${byDefault}`);
    if (isNonNullType(optional) || !chance(25))
      variables[name] = JSON.parse(JSON.stringify(value(optional, of)));
    return `$${name}`;
  }

  function condition(): string {
    if (!directives || !chance(25)) return "";
    const name = oneOf(["skip", "include"]);
    if (chance(30)) return ` @${name}(if: ${chance(50)})`;
    const known = `b${choose(3)}`;
    if (!(known in variables)) {
      variables[known] = chance(50);
      definitions.push(`$${known}: Boolean!`);
    }
    return ` @${name}(if: $${known})`;
  }

  function argument({ name, type }: GraphQLArgument, of: GraphQLNamedType): string {
    if (chance(35)) return `${name}: ${variable(type, of)}`;
    const given = value(type, of);
    // Sometimes a variable within a literal.
    if (given && typeof given === "object" && !Array.isArray(given) && chance(20)) {
      const named = getNamedType(type);
      if (isInputObjectType(named)) {
        const fields = Object.values(named.getFields()).filter((field) => field.name in given);
        const inner = fields.map((field) => `${field.name}: ${variable(field.type, of)}`);
        return `${name}: { ${inner.join(" ")} }`;
      }
    }
    return `${name}: ${literal(given)}`;
  }

  function field(type: GraphQLField<unknown, unknown>, depth: number): string {
    const of = getNamedType(type.type);
    const args = type.args
      .filter((arg) => isNonNullType(arg.type) || chance(25))
      .map((arg) => argument(arg, of));
    const alias =
      args.length > 0 || chance(15) ? `${oneOf(["a", "b", "id", "x_y", "toString"])}${choose(5)}: ` : "";
    const below = isCompositeType(of) ? ` ${selectionSet(of, depth - 1)}` : "";
    return `${alias}${type.name}${args.length > 0 ? `(${args.join(" ")})` : ""}${condition()}${below}`;
  }

  function selection(type: GraphQLCompositeType, depth: number): string {
    if (chance(8)) return `${chance(20) ? "kind: " : ""}__typename${condition()}`;
    if (depth > 0 && chance(15)) {
      const other = oneOf(composite.filter((each) => overlap(each, type)));
      const on = chance(75) ? ` on ${other.name}` : "";
      return `...${on}${condition()} ${selectionSet(on ? other : type, depth - 1)}`;
    }
    if (depth > 0 && chance(20)) {
      const fitting = fragments.filter(({ on }) => overlap(on as GraphQLCompositeType, type));
      if (fitting.length > 0 && chance(70)) return `...${oneOf(fitting).name}${condition()}`;
      const on = oneOf(composite.filter((each) => overlap(each, type)));
      const text = selectionSet(on, depth - 1); // before it is registered: it must not spread itself
      const name = `F_${fragments.length}`;
      fragments.push({ name, on, text });
      return `...${name}${condition()}`;
    }
    if (isUnionType(type)) return "__typename";
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((each) => !isCompositeType(getNamedType(each.type)));
    return field(oneOf(depth > 0 || leaves.length === 0 ? fields : leaves), depth);
  }

  function selectionSet(type: GraphQLCompositeType, depth: number): string {
    const selections = Array.from({ length: 1 + choose(4) }, () =>
      depth > -4 ? selection(type, depth) : "__typename",
    );
    return `{ ${selections.join(" ")} }`;
  }

  const body = selectionSet(schema.getQueryType()!, 7);
  const texts = fragments.map(({ name, on, text }) => `fragment ${name} on ${on.name} ${text}`);
  const defined = definitions.length > 0 ? `(${definitions.join(" ")})` : "";
  return { query: [`query Q${defined} ${body}`, ...texts].join("\n"), variables };
}

/** A name of an enum value: a string in JSON, a bare name in a literal. */
class EnumValue {
  constructor(readonly name: string) {}
  toJSON() {
    return this.name;
  }
}

function literal(value: unknown): string {
  if (value instanceof EnumValue) return value.name;
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${name}: ${literal(each)}`)
    .join(", ")} }`;
}
