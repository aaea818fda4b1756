import { type Command, InvalidArgumentError, Option } from "commander";
import { parseGlobalId, parseUuid } from "../../resolvers/globalId.js";
import type { Api } from "../api/api.js";
import { latestId, noSuchResult } from "../api/existingResult.js";
import { withApi } from "../api/withApi.js";
import type { Cli } from "../cli.js";
import { resultId, wholeNumber } from "../options/clusterOptions.js";
import { addExamples, addNotes } from "../options/helpText.js";
import { number } from "../output/clusteringResult.js";
import { printableLines } from "../output/printable.js";
import { ArgumentError, CommandError } from "../process.js";

const labelledQuery = /* GraphQL */ `
  query LabelledCluster($id: ID!, $label: Int!) {
    clusteringResult(id: $id) { id status clusterCount cluster(label: $label) { id } }
  }
`;
const clusterQuery = /* GraphQL */ `
  query AnnotatedCluster($id: ID!) { cluster(id: $id) { id } }
`;
export const annotateClusterMutation = /* GraphQL */ `
  mutation AnnotateCluster($input: AnnotateClusterInput!) {
    annotateCluster(input: $input) {
      __typename
      ... on Cluster { id name note label clusteringResult { id } }
      ... on Error { code message }
      ... on InvalidInputError { issues { path message } }
    }
  }
`;
const annotateResultMutation = /* GraphQL */ `
  mutation AnnotateClusteringResult($input: AnnotateClusteringResultInput!) {
    annotateClusteringResult(input: $input) {
      __typename
      ... on ClusteringResult { id name note }
      ... on Error { code message }
      ... on InvalidInputError { issues { path message } }
    }
  }
`;

/** What is annotated: a cluster by its label, or what has an id. */
type Target = { label: number } | { id: string; type: "Cluster" | "ClusteringResult" | null };

interface Annotated {
  __typename: "Cluster" | "ClusteringResult";
  id: string;
  name: string | null;
  note: string | null;
  /** Of a cluster. */
  label?: number;
  clusteringResult?: { id: string };
}

export type AnnotationOutcome =
  | Annotated
  | {
      __typename: "NotFoundError" | "InvalidInputError";
      message: string;
      issues?: { path: string[]; message: string }[];
    };

const parts = ["name", "note"] as const;
type Part = (typeof parts)[number];

interface NameOptions {
  note?: string;
  /** True for both. */
  remove?: Part | true;
  result?: string;
  json?: boolean;
}

export function addNameCommand(program: Command, cli: () => Cli): void {
  const remove = new Option("--remove [what]", "remove the name or the note (default: both)").choices(parts);
  const command = program
    .command("name")
    .description("give a cluster or a result a name and a note, or remove them")
    .argument("<CLUSTER>", "a cluster's label, or the id of a cluster or of a clustering result", target)
    .argument("[NAME]", "what to call it, up to 200 characters", utf8)
    .option("--note <text>", "a note about it, up to 10,000 characters", utf8)
    .addOption(remove)
    .option("--result <id>", "the result that has the label (default: the latest that succeeded)", resultId)
    .option("--json", "print the data of the GraphQL response as JSON")
    .action((given: Target, name: string | undefined, options: NameOptions) => {
      const annotation = annotationOf(name, options);
      if (options.result !== undefined && !("label" in given)) {
        throw new ArgumentError("--result has an effect only with a cluster's label.");
      }
      return withApi(cli(), async (api) => {
        const { stdout } = cli();
        const { id, type } = await found(api, given, options.result, cli());
        const data = await api.execute<Record<string, AnnotationOutcome>>(
          type === "Cluster" ? annotateClusterMutation : annotateResultMutation,
          { input: { id, ...annotation } },
        );
        const [outcome] = Object.values(data);
        if (options.json) stdout.write(`${JSON.stringify(data, null, 2)}\n`);
        if ("message" in outcome) {
          if (outcome.__typename === "InvalidInputError") throw new CommandError(inWordsOfOptions(outcome));
          throw type === "Cluster"
            ? new CommandError(`No cluster has the id ${id}.`)
            : await noSuchResult(api, id, cli());
        }
        if (!options.json) stdout.write(formatAnnotation(outcome));
      });
    });
  addNotes(command, "`show` and `results` print names, and `compare --carry-names` carries them on.");
  addExamples(
    command,
    'medoid name 3 "gardens at night"',
    "medoid name 3 --note 'from one prompt alone'",
    "medoid name 3 gardens --result 0198c1b2-0000-7000-8005-000000000000",
    "medoid name ClusteringResult:0198c1b2-0000-7000-8005-000000000000 final",
    "medoid name 3 --remove",
  );
}

function target(text: string): Target {
  if (/^\d+$/.test(text)) return { label: wholeNumber(text) };
  const parsed = parseGlobalId(text);
  if (parsed?.type === "Cluster" || parsed?.type === "ClusteringResult")
    return { id: text, type: parsed.type };
  if (parseUuid(text) !== null) return { id: text, type: null };
  throw new InvalidArgumentError(
    "It must be a cluster's label, or the id of a cluster or of a clustering result.",
  );
}

function utf8(text: string): string {
  // Node has replaced the bytes of the argument that are not UTF-8.
  if (text.includes("\ufffd")) {
    throw new InvalidArgumentError("It must be UTF-8; it contains bytes that are not, or U+FFFD.");
  }
  return text;
}

/** The fields of the mutation's input besides the id. */
function annotationOf(name: string | undefined, { note, remove }: NameOptions) {
  const given: Partial<Record<Part, string | null>> = { name, note };
  for (const part of parts) {
    if (remove !== part && remove !== true) continue;
    if (given[part] !== undefined) {
      throw new ArgumentError(`Give either ${wordOf(part)} or --remove${remove === true ? "" : ` ${part}`}.`);
    }
    given[part] = null;
  }
  if (Object.values(given).every((value) => value === undefined)) {
    throw new ArgumentError("Give a NAME, --note or --remove.");
  }
  return given;
}

const wordOf = (part: string) => (part === "name" ? "NAME" : `--${part}`);

function inWordsOfOptions({ issues = [] }: { issues?: { path: string[]; message: string }[] }): string {
  return issues
    .map(
      ({ path, message }) => `${wordOf(path.at(-1)!)} ${message.replace("null removes", "--remove removes")}`,
    )
    .join("\n");
}

/** What the target is, and its id. @throws CommandError if there is no such cluster or result */
async function found(api: Api, given: Target, result: string | undefined, cli: Cli) {
  if ("id" in given) {
    if (given.type !== null) return given;
    const { cluster } = await api.execute<{ cluster: object | null }>(clusterQuery, { id: given.id });
    return { id: given.id, type: cluster === null ? "ClusteringResult" : "Cluster" };
  }
  const { label } = given;
  const id = result ?? (await latestId(api, cli));
  const { clusteringResult } = await api.execute<{ clusteringResult: LabelledResult | null }>(labelledQuery, {
    id,
    label,
  });
  if (clusteringResult === null) throw await noSuchResult(api, id, cli);
  if (clusteringResult.cluster === null) throw new CommandError(noSuchLabel(label, clusteringResult));
  return { id: clusteringResult.cluster.id, type: "Cluster" };
}

interface LabelledResult {
  id: string;
  status: string;
  clusterCount: number | null;
  cluster: { id: string } | null;
}

function noSuchLabel(label: number, { id, status, clusterCount }: LabelledResult): string {
  const has =
    status !== "SUCCEEDED"
      ? `it is ${status}, and has clusters only once it has succeeded`
      : clusterCount === 0
        ? "it has no clusters"
        : `its clusters are 0 to ${number((clusterCount ?? 0) - 1)}`;
  return `${id} has no cluster ${label}: ${has}.`;
}

function formatAnnotation({ id, name, note, label, clusteringResult }: Annotated): string {
  const what = clusteringResult ? `Cluster ${label} of ${clusteringResult.id}, ${id}` : id;
  const said = (text: string | null) =>
    text === null ? "none" : printableLines(text).replaceAll("\n", "\n        ");
  return `${what}\n  name  ${said(name)}\n  note  ${said(note)}\n`;
}
