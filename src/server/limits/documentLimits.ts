import { type DocumentNode, Kind, visit } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Settings } from "../../settings.js";
import { measureOperations } from "./documentMeasures.js";
import type { Refuse, RejectionReason } from "./rejections.js";

/** A limit on what a document holds, checked before graphql validates it. */
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
    reason: "ALIASES", // they multiply what an operation costs
    maximum: ({ limitAliases }) => limitAliases,
    measure: (document) => largest(document, ({ aliases }) => aliases),
    message: (_, maximum) => `The document has more than ${maximum} aliases.`,
  },
  {
    reason: "DIRECTIVES", // validation makes an error of each that is unknown
    maximum: ({ limitDirectives }) => limitDirectives,
    measure: (document) => largest(document, ({ directives }) => directives),
    message: (_, maximum) => `The document has more than ${maximum} directives.`,
  },
  {
    reason: "DIRECTIVES",
    maximum: () => 4, // @skip and @include stand at most once each, so that more have no meaning
    measure: (document) => largest(document, ({ directivesAtOnePlace }) => directivesAtOnePlace),
    message: (actual, maximum) =>
      `The document has ${actual} directives at one place, and ${maximum} are allowed.`,
  },
  {
    reason: "REPEATS", // validation compares each field of a name with every other
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
          // Fragments that double one another soon count more than a number holds.
          actual: Number.isSafeInteger(actual) ? actual : undefined,
          message: message(actual, maximum),
        });
      }
    },
  };
}

/** What one operation holds, with what its fragments bring at each place where they are spread. */
interface Measures {
  /** Levels of fields: `{ run { id } }` has two. Those below `__schema` and `__type` are counted apart. */
  levels: number;
  /** Levels of fields from `__schema` or `__type` on: tools need more there than elsewhere. */
  introspectionLevels: number;
  /** Those of `__typename` among them. */
  aliases: number;
  directives: number;
  /** The most that stand on one node. */
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

/** The largest of one measure among the operations of a document. */
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

/** How many directives stand on a node, and on the variables that it defines. */
function directivesOn(node: object): number {
  const { directives = [], variableDefinitions = [] } = node as Directed;
  return variableDefinitions.reduce((count, variable) => count + directivesOn(variable), directives.length);
}

const repeats = new WeakMap<DocumentNode, number>();

/** How many fields of a document share one name in the response, at most. */
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
