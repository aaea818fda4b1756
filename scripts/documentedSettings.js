// The tables of docs/settings.md and docs/limits.md, generated from the settings and the constants of the built
// program. scripts/generate.js writes them between the markers in each page; the prose around them is written by hand.
import { settingDefinitions } from "../dist/settings.js";

const isLimit = ({ variable }) => variable.startsWith("MEDOID_LIMIT_");

/** The name of a limit in the errors of requests that exceed it. */
const errorNames = { MEDOID_LIMIT_RECORDING_BYTES: "BODY_BYTES" };

/** The default as a document shows it: with commas between thousands, and the same on every machine. */
function defaultOf({ default: byDefault, defaultInWords, format }) {
  const text = defaultInWords ?? format(byDefault());
  return text.replace(/\d{4,}/g, (digits) => Number(digits).toLocaleString("en-US"));
}

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** A description as a sentence, with everything that is typed or sent formatted as code. */
const sentence = (text) =>
  `${text[0].toUpperCase()}${text.slice(1)}.`.replace(
    /\bMEDOID_[A-Z_]*[A-Z]\b|\b__\w+|\/health\/\w+|\/schema\.graphql\b|\brecordTrajectories\b|\bX-Forwarded-For\b/g,
    "`$&`",
  );

function settingsTable() {
  const rows = Object.values(settingDefinitions)
    .filter((definition) => !isLimit(definition))
    .map((definition) => [
      `\`${definition.variable}\``,
      sentence(definition.description),
      defaultOf(definition),
      definition.expected,
    ]);
  return table(["variable", "what it sets", "default", "values"], rows);
}

function limitsTable() {
  const rows = Object.values(settingDefinitions)
    .filter(isLimit)
    .map((definition) => [
      `\`${errorNames[definition.variable] ?? definition.variable.replace("MEDOID_LIMIT_", "")}\``,
      sentence(definition.description),
      defaultOf(definition),
      `\`${definition.variable}\``,
    ]);
  return table(["limit", "what it bounds", "default", "variable"], rows);
}

/** Limits that cannot be set. */
async function constantsTable() {
  const [
    pages,
    ids,
    texts,
    composition,
    values,
    comparisons,
    neighbours,
    recording,
    record,
    metadata,
    annotations,
    keys,
    errors,
    deletions,
  ] = await Promise.all(
    [
      "resolvers/pagination/pageArguments.js",
      "schema/node.js",
      "resolvers/loaders/topTextsLoader.js",
      "resolvers/loaders/compositionLoader.js",
      "resolvers/recording/recordedValues.js",
      "resolvers/clusterings/compareClusteringResults.js",
      "resolvers/loaders/neighboursLoader.js",
      "resolvers/recording/runInput.js",
      "database/recording/runRecord.js",
      "database/recording/metadata.js",
      "resolvers/clusterings/annotate.js",
      "resolvers/requests/idempotencyKey.js",
      "resolvers/errors.js",
      "database/bulkStore.js",
    ].map((module) => import(`../dist/${module}`)),
  );
  const rows = [
    ["rows of a page, by default", pages.defaultPageSize],
    ["rows of a page, at most", pages.largestPageSize],
    ["ids of `nodes`", ids.mostIds],
    ["texts of `Cluster.topTexts`, by default", texts.defaultTextLimit],
    ["texts of `Cluster.topTexts`, at most", texts.largestTextLimit],
    ["values of a composition, by default", composition.defaultCompositionLimit],
    ["values of a composition, at most", composition.largestCompositionLimit],
    ["recorded networks, prompts or models, by default", values.defaultValueLimit],
    ["recorded networks, prompts or models, at most", values.largestValueLimit],
    ["characters of a text that prompts contain", values.longestContained],
    ["entries of `ClusteringComparison.lineage`", comparisons.mostLineage],
    ["embeddings of `Embedding.neighbours`, by default", neighbours.defaultNeighbourLimit],
    ["embeddings of `Embedding.neighbours`, at most", neighbours.largestNeighbourLimit],
    ["runs of one `recordTrajectories`", recording.mostRuns],
    ["invocations of one `recordTrajectories`", recording.mostInvocations],
    ["models of a run's network", record.mostModels],
    ["components of a vector", record.mostComponents],
    ["bytes of a run's or an invocation's metadata, as JSON", metadata.mostMetadataBytes],
    ["levels of nested objects and lists of metadata", metadata.deepestMetadata],
    ["characters of an `externalId`", metadata.longestExternalId],
    ["characters of the `name` of a cluster or a result", annotations.longestName],
    ["characters of the `note` of a cluster or a result", annotations.longestNote],
    ["issues of one `InvalidInputError`", recording.mostIssues],
    ["characters of an `idempotencyKey`", keys.longestIdempotencyKey],
    ["characters of an error's message", errors.longestMessage],
    ["characters of a value that an error quotes", errors.longestQuotation],
    ["results and maps each that a `RunInUseError` lists", deletions.mostSubjectsListed],
  ];
  return table(
    ["what", "limit"],
    rows.map(([what, limit]) => [what, limit.toLocaleString("en-US")]),
  );
}

/** Replaces the text between the markers of a page. */
function between(page, name, text) {
  const marks = new RegExp(
    `(<!-- ${name}: written by npm run generate -->\n).*?(<!-- end of ${name} -->)`,
    "s",
  );
  if (!marks.test(page)) throw new Error(`The marks of ${name} are missing.`);
  return page.replace(marks, (_, begin, end) => `${begin}\n${text}\n\n${end}`);
}

/** The pages with tables: [path, function that returns the text that the page should have] */
export const documentedSettings = [
  ["docs/settings.md", async (page) => between(page, "settings", settingsTable())],
  [
    "docs/limits.md",
    async (page) => between(between(page, "limits", limitsTable()), "constants", await constantsTable()),
  ],
];
