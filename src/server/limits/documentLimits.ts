import { type DocumentNode, Kind, visit } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Settings } from "../../settings.js";
import { measureOperations } from "./documentMeasures.js";
import type { Refuse, RejectionReason } from "./rejections.js";

/** A limit on the contents of a document, which is checked before graphql-js validates it. */
interface DocumentLimit {
  reason: RejectionReason;
  maximum(settings: Settings): number;
  measure(document: DocumentNode): number;
  message(actual: number, maximum: number): string;
}

/** The limits in the order in which they are checked. */
const limits: DocumentLimit[] = [
  {
    reason: "DEPTH",
    maximum: ({ limitDepth }) => limitDepth,
    measure: (document) => largest(document, ({ levels }) => levels),
    message: (actual, maximum) => `The document is ${actual} levels deep, and ${maximum} are allowed.`,
  },
  {
    reason: "INTROSPECTION_DEPTH",
    maximum: ({ limitIntrospectionDepth }) => limitIntrospectionDepth,
    measure: (document) => largest(document, ({ introspectionLevels }) => introspectionLevels),
    message: (actual, maximum) => `The introspection is ${actual} levels deep, and ${maximum} are allowed.`,
  },
  {
    reason: "ALIASES", // aliases multiply the cost of an operation
    maximum: ({ limitAliases }) => limitAliases,
    measure: (document) => largest(document, ({ aliases }) => aliases),
    message: (_, maximum) => `The document has more than ${maximum} aliases.`,
  },
  {
    reason: "DIRECTIVES", // validation creates an error for each unknown directive
    maximum: ({ limitDirectives }) => limitDirectives,
    measure: (document) => largest(document, ({ directives }) => directives),
    message: (_, maximum) => `The document has more than ${maximum} directives.`,
  },
  {
    reason: "DIRECTIVES",
    maximum: () => 4, // @skip and @include may stand once each; more have no meaning
    measure: (document) => largest(document, ({ directivesAtOnePlace }) => directivesAtOnePlace),
    message: (actual, maximum) =>
      `The document has ${actual} directives at one place, and ${maximum} are allowed.`,
  },
  {
    reason: "REPEATS", // validation compares each field of a name with every other one
    maximum: ({ limitRepeats }) => limitRepeats,
    measure: fieldRepeats,
    message: (actual, maximum) =>
      `The document has ${actual} fields of one name, and ${maximum} are allowed.`,
  },
];

/** Refuses a document that exceeds a limit. */
export function limitDocuments(settings: Settings, refuse: Refuse): Plugin {
  return {
    onValidate({ params }) {
      for (const { reason, maximum: maximumOf, measure, message } of limits) {
        const maximum = maximumOf(settings);
        const actual = measure(params.documentAST);
        if (actual <= maximum) continue;
        throw refuse({
          limit: reason,
          maximum,
          // The count can exceed what a number represents exactly, if each fragment spreads another one
          // twice.
          actual: Number.isSafeInteger(actual) ? actual : undefined,
          message: message(actual, maximum),
        });
      }
    },
  };
}

/** Measures of one operation. A fragment counts at each place where it is spread. */
interface Measures {
  /**
   * Levels of fields: `{ run { id } }` has two. Those below `__schema` and `__type` are counted separately.
   */
  levels: number;
  /** Levels of fields from `__schema` or `__type` down. Tools need more levels there than elsewhere. */
  introspectionLevels: number;
  /** Number of aliases, including those of `__typename`. */
  aliases: number;
  directives: number;
  /** Maximum number of directives on one node. */
  directivesAtOnePlace: number;
}

const nothing: Measures = {
  levels: 0,
  introspectionLevels: 0,
  aliases: 0,
  directives: 0,
  directivesAtOnePlace: 0,
};
const introspectionFields = new Set(["__schema", "__type"]);

const measuresOf = measureOperations<Measures>({
  nothing,
  together: (one, other) => ({
    levels: Math.max(one.levels, other.levels),
    introspectionLevels: Math.max(one.introspectionLevels, other.introspectionLevels),
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    directivesAtOnePlace: Math.max(one.directivesAtOnePlace, other.directivesAtOnePlace),
  }),
  field(node, below) {
    const isIntrospection = introspectionFields.has(node.name.value);
    const levels = below.levels + 1;
    return {
      ...withDirectives(node, below),
      levels: isIntrospection ? 1 : levels,
      introspectionLevels: isIntrospection
        ? Math.max(levels, below.introspectionLevels)
        : below.introspectionLevels,
      aliases: below.aliases + (node.alias ? 1 : 0),
    };
  },
  other: withDirectives,
});

/** Returns the maximum of one measure over the operations of a document. */
function largest(document: DocumentNode, measure: (measures: Measures) => number): number {
  return Math.max(0, ...measuresOf(document).map(measure));
}

function withDirectives(node: object, below: Measures): Measures {
  const count = directivesOn(node);
  return {
    ...below,
    directives: below.directives + count,
    directivesAtOnePlace: Math.max(below.directivesAtOnePlace, count),
  };
}

interface Directed {
  directives?: readonly unknown[];
  variableDefinitions?: readonly Directed[];
}

/** Counts the directives on a node and on the variables that it defines. */
function directivesOn(node: object): number {
  const { directives = [], variableDefinitions = [] } = node as Directed;
  return variableDefinitions.reduce((count, variable) => count + directivesOn(variable), directives.length);
}

const repeats = new WeakMap<DocumentNode, number>();

/** Returns the maximum number of fields of a document that have the same name in the response. */
function fieldRepeats(document: DocumentNode): number {
  let most = repeats.get(document);
  if (most === undefined) {
    const counts = new Map<string, number>();
    visit(document, {
      [Kind.FIELD]: ({ alias, name }) => {
        const key = (alias ?? name).value;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      },
    });
    most = Math.max(0, ...counts.values());
    repeats.set(document, most);
  }
  return most;
}
