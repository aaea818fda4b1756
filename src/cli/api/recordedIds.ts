import { rowIdOf, runIdOf, singleRunId } from "../../import/table/rowIds.js";
import { traceRunIdsOf } from "../../import/traces/spanIds.js";
import { parseGlobalId, parseUuid } from "../../resolvers/globalId.js";
import { quoted } from "../output/printable.js";
import { ArgumentError, CommandError } from "../process.js";
import type { Api } from "./api.js";
import { type PageData, pageFields, pages } from "./pages.js";

const runQuery = /* GraphQL */ `
  query FindRun($id: ID!) { run(id: $id) { id } }
`;
const invocationQuery = /* GraphQL */ `
  query FindInvocation($id: ID!) { invocation(id: $id) { id run { id } } }
`;
const runsQuery = /* GraphQL */ `
  query FindRuns($externalIds: [String!]) {
    runs(first: 10, filter: { externalIds: $externalIds }) { totalCount edges { node { id } } }
  }
`;
const invocationsQuery = /* GraphQL */ `
  query FindInvocations($id: ID!, $first: Int!, $after: String) {
    run(id: $id) { invocations(first: $first, after: $after) { ${pageFields} edges { node { id externalId } } } }
  }
`;

/** The width in columns of an id that an error repeats. */
const idWidth = 60;
/** The number of ids that an error lists. */
const mostIds = 10;

/**
 * The id of the run that is meant: given by its id, that of one of its invocations, an external id of one of its
 * invocations, the names of an imported table and of the run or the row's id in it ("chats/17"), or the session or trace
 * that it is.
 * @throws CommandError if there is none, or more than one
 */
export async function findRun(api: Api, text: string): Promise<string> {
  const given = parseId(text, ["Run", "Invocation"]);
  const found =
    given &&
    ((given.type !== "Invocation" && (await existingRun(api, given.uuid))) ||
      (given.type !== "Run" && (await existingInvocation(api, given.uuid))?.run.id));
  if (found) return found;
  const named: string[] = [];
  for (const id of [...tableRunIdsOf(text), ...traceRunIdsOf(text)]) {
    const existing = await existingRun(api, id);
    if (existing !== null) named.push(existing);
  }
  const { totalCount, ids: withExternalId } = await runsWithExternalId(api, text);
  const ids = [...new Set([...named, ...withExternalId])];
  if (ids.length === 1) return ids[0];
  if (ids.length === 0) throw new CommandError(`No run has the id or external id ${quoted(text, idWidth)}.`);
  throw ambiguous("runs", Math.max(totalCount, ids.length), text, ids);
}

/** The ids that runs have with the names of a table and of a run, or the id of a row, in it: "chats/17". */
function tableRunIdsOf(text: string): string[] {
  const [, dataset, name] = /^([^/]+)\/(.+)$/s.exec(text) ?? [];
  if (dataset === undefined) return [];
  return [runIdOf(dataset, name), singleRunId(rowIdOf(dataset, { run: null, id: name }))];
}

/**
 * The name by which an imported run can be found besides its id: those of its table and of the run in it ("chats/17"),
 * or its session or trace. Null if its metadata has none, or none from which its id is derived.
 */
export function importedNameOf(id: string, metadata: unknown): string | null {
  if (typeof metadata !== "object" || metadata === null) return null;
  const uuid = parseId(id, ["Run"])?.uuid;
  const { dataset, run, session_id: session, trace_id: trace } = metadata as Record<string, unknown>;
  const isOfTable = typeof dataset === "string" && typeof run === "string";
  if (isOfTable && runIdOf(dataset, run) === uuid) return `${dataset}/${run}`;
  for (const name of [session, trace]) {
    if (typeof name === "string" && traceRunIdsOf(name).some((each) => each === uuid)) return name;
  }
  return null;
}

/**
 * The id of the invocation that is meant, given by its id or its external id.
 * @throws CommandError if there is none, or more than one
 */
export async function findInvocation(api: Api, text: string): Promise<string> {
  const given = parseId(text, ["Invocation"]);
  const found = given && (await existingInvocation(api, given.uuid));
  if (found) return found.id;
  const { totalCount, ids: runIds } = await runsWithExternalId(api, text);
  const ids: string[] = [];
  for (const runId of runIds) ids.push(...(await invocationsWithExternalId(api, runId, text)));
  if (ids.length === 1) return ids[0];
  if (ids.length > 1) throw ambiguous("invocations", Math.max(totalCount, ids.length), text, ids);
  throw new CommandError(`No invocation has the id or external id ${quoted(text, idWidth)}.`);
}

/**
 * Parses an id with or without its type; null if the text is no id, but may be an external id.
 * @throws ArgumentError if it is the id of another type
 */
function parseId(text: string, types: string[]): { type?: string; uuid: string } | null {
  const typed = parseGlobalId(text);
  const uuid = parseUuid(text);
  if (typed === null) return uuid === null ? null : { uuid };
  if (types.includes(typed.type)) return typed;
  throw new ArgumentError(
    `ID must be that of one of the types ${types.join(", ")}, or an external id: ${text}.`,
  );
}

async function existingRun(api: Api, id: string): Promise<string | null> {
  return (await api.execute<{ run: { id: string } | null }>(runQuery, { id })).run?.id ?? null;
}

async function existingInvocation(api: Api, id: string): Promise<{ id: string; run: { id: string } } | null> {
  type Data = { invocation: { id: string; run: { id: string } } | null };
  return (await api.execute<Data>(invocationQuery, { id })).invocation;
}

/** The first of the runs that have an invocation with this external id, and their number. */
async function runsWithExternalId(
  api: Api,
  externalId: string,
): Promise<{ totalCount: number; ids: string[] }> {
  type Data = { runs: { totalCount: number; edges: { node: { id: string } }[] } };
  const { runs } = await api.execute<Data>(runsQuery, { externalIds: [externalId] });
  return { totalCount: runs.totalCount, ids: runs.edges.map(({ node }) => node.id) };
}

async function invocationsWithExternalId(api: Api, runId: string, externalId: string): Promise<string[]> {
  type Data = { run: { invocations: PageData<{ id: string; externalId: string | null }> } };
  const read = async (page: object) =>
    (await api.execute<Data>(invocationsQuery, { id: runId, ...page })).run.invocations;
  const ids: string[] = [];
  for await (const { edges } of pages(read)) {
    for (const { node } of edges) if (node.externalId === externalId) ids.push(node.id);
  }
  return ids;
}

function ambiguous(what: string, count: number, text: string, ids: string[]): CommandError {
  const shown = ids.slice(0, mostIds).join(", ");
  return new CommandError(
    `${count} ${what} have the external id ${quoted(text, idWidth)}. Give one of their ids: ${shown}${count > mostIds ? ", …" : ""}.`,
  );
}
