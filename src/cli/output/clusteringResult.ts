import { parameterNames } from "../../clustering/parameters.js";
import { reductionParameterNames } from "../../clustering/reduction/reductionParameters.js";
import { unknownModel } from "../../import/unknownModel.js";
import { printable, quoted, shortened } from "./printable.js";

/** The fields of HdbscanParameters: the algorithm is a field of the result. */
const parameters = parameterNames
  .filter((name) => name !== "algorithm")
  .map((name) => (name === "reduction" ? `${name} { ${reductionParameterNames.join(" ")} }` : name));

/** The filter of a result, as a field. */
export const filterFields =
  "filter { runIds networks initialPrompts models sequenceNumber { min max } everyNth }";

/** Fields of ClusteringResult: what it was computed from, and how it ended. */
export const clusteringResultFields = `
  id
  name
  note
  status
  createdAt
  finishedAt
  embeddingModel { name }
  ${filterFields}
  algorithm
  parameters { ${parameters.join(" ")} }
  engineVersion
  inputDigest
  embeddingCount
  clusterCount
  outlierCount
  laidOutCount
  placedCount
  progress
  failure { code message }
`;

/** The data of `clusteringResultFields`. */
export interface ClusteringResultData {
  id: string;
  name: string | null;
  note: string | null;
  status: string;
  createdAt: string;
  finishedAt: string | null;
  embeddingModel: { name: string };
  filter: FilterData;
  algorithm: string;
  parameters: Record<string, unknown>;
  engineVersion: string;
  inputDigest: string | null;
  embeddingCount: number | null;
  clusterCount: number | null;
  outlierCount: number | null;
  laidOutCount: number | null;
  placedCount: number | null;
  progress: number;
  failure: { code: string; message: string } | null;
}

export interface FilterData {
  runIds: string[] | null;
  networks: string[][] | null;
  initialPrompts: string[] | null;
  models: string[] | null;
  sequenceNumber: { min: number | null; max: number | null } | null;
  everyNth: number | null;
}

/** The width of a name, such as a model's, in columns. */
const nameWidth = 60;
/** The width of a text within a line that lists several. */
const listedWidth = 40;
/** The number of values of a condition that are printed, and of models of a network. */
const mostListed = 3;
const mostModels = 6;

export const number = (value: number | null) => (value === null ? "?" : value.toLocaleString("en-US"));
/** The width of what people call a cluster or a result, in columns. */
const annotationWidth = 60;
/** What people call a cluster, to follow its label, or a result; nothing without a name. */
export const inQuotes = (name: string | null, width = annotationWidth) =>
  name === null ? "" : ` ${quoted(name, width)}`;

/** A number of things: "1 cluster", "2 clusters". */
export const counted = (count: number | null, singular: string) =>
  `${number(count)} ${singular}${count === 1 ? "" : "s"}`;
export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
export const name = (text: string) => shortened(text, nameWidth);

/** A network's models in the order of their turns. */
export const networkText = (network: string[]) => listed(network, " → ", name, mostModels);

/** Whether a model is known: a table or a trace need not say which model generated a text. */
export const isKnown = (model: string) => model !== unknownModel;

/** A time of the API to the minute, in UTC. */
export const minute = (time: string) => time.slice(0, 16).replace("T", " ");

/** The outliers' share of all embeddings of a result; null as long as they are not known. */
export function outlierShare({ outlierCount, embeddingCount }: ClusteringResultData): string | null {
  if (outlierCount === null || !embeddingCount) return null;
  return percent(outlierCount / embeddingCount);
}

/** How many embeddings a layout laid out and placed; null if it placed none, or there is none. */
export function layoutText({ laidOutCount, placedCount }: LayoutCounts): string | null {
  if (!placedCount) return null;
  return `${number(laidOutCount)} laid out, ${number(placedCount)} placed among the nearest of them`;
}

type LayoutCounts = Pick<ClusteringResultData, "laidOutCount" | "placedCount">;

/** Every parameter that has a value; those of a reduction in brackets. */
export function parametersText(parameters: Record<string, unknown>): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== null)
    .map(
      ([name, value]) =>
        `${name} ${isRecord(value) ? `(${parametersText(value)})` : printable(String(value))}`,
    )
    .join(", ");
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** The conditions of a filter, in the words of its fields; null if it has none. */
export function filterText(filter: FilterData): string | null {
  const { runIds, networks, initialPrompts, models, sequenceNumber, everyNth } = filter;
  const conditions: string[] = [];
  const add = (field: string, text: string) => conditions.push(`${field} ${text}`);
  if (runIds) add("runIds", listed(runIds, ", ", printable));
  if (networks) add("networks", listed(networks, " or ", networkText));
  if (initialPrompts)
    add(
      "initialPrompts",
      listed(initialPrompts, " or ", (text) => quoted(text, listedWidth)),
    );
  if (models) add("models", listed(models, ", ", name));
  if (sequenceNumber) add("sequenceNumber", `${sequenceNumber.min ?? ""}..${sequenceNumber.max ?? ""}`);
  if (everyNth !== null) add("everyNth", String(everyNth));
  return conditions.length === 0 ? null : conditions.join("; ");
}

function listed<T>(values: T[], separator: string, text: (value: T) => string, most = mostListed): string {
  const shown = values.slice(0, most).map(text);
  const more = values.length - shown.length;
  return `${shown.length === 0 ? "none" : shown.join(separator)}${more > 0 ? ` and ${number(more)} more` : ""}`;
}
