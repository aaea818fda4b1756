import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from "graphql";

/** The places where a schema is weaker than its contract: one line each, none if it satisfies all of it. */
export function contractBreaches(contract: GraphQLSchema, built: GraphQLSchema): string[] {
  const breaches: string[] = [];
  const types = Object.values(contract.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
  for (const type of types) {
    const other = built.getType(type.name);
    if (!other) breaches.push(`${type.name} is missing`);
    else if (other.constructor !== type.constructor) breaches.push(`${type.name} is of another kind`);
    else breaches.push(...typeBreaches(type, other));
  }
  return breaches;
}

function typeBreaches(type: GraphQLNamedType, built: GraphQLNamedType): string[] {
  const { name } = type;
  const missing = (what: string, wanted: string[], found: string[]) =>
    wanted.filter((item) => !found.includes(item)).map((item) => `${name} lacks the ${what} ${item}`);
  const names = (items: readonly { name: string }[]) => items.map((item) => item.name);

  if (isEnumType(type) && isEnumType(built)) {
    return missing("value", names(type.getValues()), names(built.getValues()));
  }
  if (isUnionType(type) && isUnionType(built)) {
    const surplus = names(built.getTypes()).filter((member) => !names(type.getTypes()).includes(member));
    return [
      ...missing("member", names(type.getTypes()), names(built.getTypes())),
      ...surplus.map((member) => `${name} has a member too many: ${member}`),
    ];
  }
  if (isInputObjectType(type) && isInputObjectType(built)) {
    const breaches = inputBreaches(
      name,
      Object.values(type.getFields()),
      built.getFields(),
      isRequiredInputField,
    );
    if (type.isOneOf !== built.isOneOf) breaches.push(`${name} differs in @oneOf`);
    return breaches;
  }
  const composite =
    (isObjectType(type) && isObjectType(built)) || (isInterfaceType(type) && isInterfaceType(built));
  if (!composite) return [];
  const breaches = missing("interface", names(type.getInterfaces()), names(built.getInterfaces()));
  for (const field of Object.values(type.getFields())) {
    const path = `${name}.${field.name}`;
    const other = built.getFields()[field.name];
    if (!other) {
      breaches.push(`${path} is missing`);
      continue;
    }
    if (!gives(other.type, field.type)) breaches.push(`${path} is ${other.type}, not ${field.type}`);
    const others = Object.fromEntries(other.args.map((argument) => [argument.name, argument]));
    breaches.push(...inputBreaches(path, field.args, others, isRequiredArgument));
  }
  return breaches;
}

function inputBreaches<Input extends GraphQLArgument | GraphQLInputField>(
  owner: string,
  wanted: readonly Input[],
  found: Record<string, Input>,
  isRequired: (input: Input) => boolean,
): string[] {
  const breaches: string[] = [];
  for (const input of wanted) {
    const path = `${owner}(${input.name})`;
    const other = found[input.name];
    if (!other) {
      breaches.push(`${path} is missing`);
      continue;
    }
    if (!accepts(other.type, input.type)) breaches.push(`${path} is ${other.type}, not ${input.type}`);
    const [value, otherValue] = [JSON.stringify(input.defaultValue), JSON.stringify(other.defaultValue)];
    if (value !== otherValue) breaches.push(`${path} has the default ${otherValue}, not ${value}`);
  }
  const known = wanted.map(({ name }) => name);
  for (const input of Object.values(found)) {
    if (!known.includes(input.name) && isRequired(input))
      breaches.push(`${owner}(${input.name}) is required`);
  }
  return breaches;
}

/** Whether a field of type `built` gives a client that expects `wanted` everything that it relies on. */
function gives(built: GraphQLOutputType, wanted: GraphQLOutputType): boolean {
  if (isNonNullType(wanted)) return isNonNullType(built) && gives(built.ofType, wanted.ofType);
  if (isNonNullType(built)) return gives(built.ofType, wanted);
  if (isListType(wanted)) return isListType(built) && gives(built.ofType, wanted.ofType);
  return String(built) === String(wanted);
}

/** Whether an input of type `built` accepts everything that fits `wanted`. */
function accepts(built: GraphQLInputType, wanted: GraphQLInputType): boolean {
  if (isNonNullType(built)) return isNonNullType(wanted) && accepts(built.ofType, wanted.ofType);
  if (isNonNullType(wanted)) return accepts(built, wanted.ofType);
  if (isListType(built)) return isListType(wanted) && accepts(built.ofType, wanted.ofType);
  return String(built) === String(wanted);
}
