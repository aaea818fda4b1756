import { RunFileError } from "../runSource.js";
import { numberedColumns } from "./numberedColumns.js";
import { openTable } from "./openTable.js";
import { requireColumns } from "./requireColumns.js";
import { isPrintedVector } from "./seemingVector.js";
import { shownValue } from "./tableReader.js";
import { areVectors, type FirstRows, firstRows, holdsVectors } from "./vectorColumns.js";
import { vectorOf } from "./vectorValue.js";

/** The options of the command that name columns, in the order in which it is printed. */
export const columnRoles = ["text", "vector", "id", "run", "step", "model", "prompt"] as const;
type Role = (typeof columnRoles)[number];
/** The column that each option names. */
export type ColumnRoles = Partial<Record<Role, string>>;

export interface Proposal {
  columns: { name: string; role: string; example: string }[];
  /** Number of columns that become metadata and are not among them. */
  notShown: number;
  roles: ColumnRoles;
  /** Columns that each seem to hold one number of a vector; null if there are none. */
  numbered: { prefix: string; shown: string } | null;
}

/** What a column seems to hold whose vectors cannot be read. */
export const printedVectors = "vectors as Python prints them";

/** The most columns that are shown of those that become metadata. */
const mostShown = 40;

const names: Record<Exclude<Role, "vector" | "id">, RegExp> = {
  text: /^(text|texts|output|output_?text|content|body|response|answer|completion|document|abstract|sentence)$/i,
  run: /^(run|session|conversation|chat|thread|trace|trajectory|dialog(ue)?)(_?id)?$/i,
  step: /^(step|turn|sequence(_?number)?|position|iteration|index|order)$/i,
  model: /^(model|model_?name|llm|generator)$/i,
  prompt: /^(prompt|initial_?prompt|question|instruction|input)$/i,
};

/** Names of columns of ids, the best ones first. */
const idNames = [
  /^(id|_id|uuid|guid|key|row_?id|doc(ument)?_?id|text_?id)$/i,
  /(?:[\s_.-]id|[a-z\d]I[dD])$|^id[\s_.-]/i,
  /^(url|uri|link|href|permalink|doi|slug|file|file_?name|path|file_?path)$/i,
  // What pandas calls its index in CSV, as it reads and as it writes it, and in Parquet.
  /^(index|unnamed: 0|__index_level_0__|row|row_?number|no|nr|number)?$/i,
];
/** Ids of something else than the row. */
const otherIds =
  /^(user|author|customer|client|account|owner|parent|group|category|run|session|conversation|chat|thread|trace|model)[\s_.-]?id$/i;

const vectorNames = /embed|vector|^emb/i;

const meanings: Record<Role, string> = {
  text: "the texts (--text)",
  vector: "vectors (--vector)",
  id: "the rows' ids (--id)",
  run: "runs (--run)",
  step: "steps of a run (--step)",
  model: "models (--model)",
  prompt: "prompts (--prompt)",
};

/**
 * Proposes which columns of a table are what, by their names and the values of the first rows.
 *
 * @param given what is known already
 * @throws RunFileError if the table cannot be read, has no rows, or lacks a column that is named
 */
export async function proposeColumns(path: string, shownPath: string, given: ColumnRoles): Promise<Proposal> {
  const used = Object.values(given);
  const table = await openTable(path, shownPath, used, given.vector, { readsVectors: true });
  try {
    requireColumns(table, used, shownPath);
    const first = await firstRows(table);
    if (first.count === 0) {
      throw new RunFileError(
        first.fault === null
          ? `${shownPath} has no rows.`
          : `${shownPath} has no row that can be used: ${first.fault}.`,
      );
    }
    const others = table.columns.filter((column) => !used.includes(column));
    const roles = inOrder({ ...rolesOf(others, first, table.notMetadata), ...given });
    const roleOf = new Map(Object.entries(roles).map(([role, column]) => [column, role as Role]));
    const numbered = numberedColumns(table.columns, first.values);
    const columns: Proposal["columns"] = [];
    let metadataCount = 0;
    for (const name of table.columns) {
      const values = first.values.get(name)!;
      const [example] = values;
      const role = roleOf.get(name);
      const isNumbered = role === undefined && numbered?.names.has(name);
      if (isNumbered && name !== numbered?.first) continue;
      const leftOut = table.notMetadata.get(name);
      const seemsToBe = role
        ? meanings[role]
        : isNumbered
          ? "one number of a vector each"
          : isPrintedVector(example) || (leftOut === holdsVectors && values.some(isPrintedVector))
            ? printedVectors
            : leftOut === undefined
              ? "metadata"
              : `left out: ${leftOut}`;
      if (seemsToBe === "metadata" && ++metadataCount > mostShown) continue;
      columns.push({
        name: isNumbered ? numbered!.shown : name,
        role: seemsToBe,
        example:
          example === undefined ? "" : shownValue(leftOut === holdsVectors ? asVector(example) : example),
      });
    }
    return { roles, numbered, columns, notShown: Math.max(0, metadataCount - mostShown) };
  } finally {
    await table.close();
  }
}

function rolesOf(
  columns: string[],
  { count, values }: FirstRows,
  notMetadata: Map<string, string>,
): ColumnRoles {
  const isText = (column: string) =>
    values.get(column)!.length > 0 && values.get(column)!.every((value) => typeof value === "string");
  const isUnique = (column: string) => new Set(values.get(column)).size === values.get(column)!.length;
  const isId = (column: string) =>
    values.get(column)!.length === count && isUnique(column) && values.get(column)!.every(mayBeId);
  const seemToHoldVectors = (column: string) =>
    notMetadata.get(column) === holdsVectors || areVectors(values.get(column)!, { shortLists: true });
  /** Of the first vector that can be read; undefined if there are only others, as Python prints them. */
  const length = (column: string) => {
    const read = values.get(column)!.map(vectorOf);
    return read.length === 0 ? 0 : read.find((vector) => vector instanceof Float32Array)?.length;
  };

  const seeming = columns.filter(seemToHoldVectors);
  const vectors = seeming.filter((column) => length(column) !== undefined);
  const isNamed = (column: string) => Number(vectorNames.test(column));
  const [vector] = vectors.sort((a, b) => isNamed(b) - isNamed(a) || length(b)! - length(a)!);

  const rest = columns.filter(
    (column) => !seeming.includes(column) && !isPrintedVector(values.get(column)![0]),
  );
  const named = (role: keyof typeof names, fits: (column: string) => boolean) =>
    rest.find((column) => names[role].test(column) && fits(column));
  const model = named("model", isText);
  const prompt = named("prompt", isText);
  const step = named("step", (column) => values.get(column)!.every(isWholeNumber));
  const run = named("run", (column) => values.get(column)!.length > 0 && !isUnique(column));
  const areSteps = run !== undefined && step !== undefined;
  const ids = rest.filter(
    (column) => isId(column) && !otherIds.test(column) && !(areSteps && column === step),
  );
  const id = idNames.map((pattern) => ids.find((column) => pattern.test(column))).find(isPresent);

  const taken = [model, prompt, id, step, run];
  const textLength = (column: string) => {
    const texts = values.get(column) as string[];
    return texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  };
  const [longest] = rest
    .filter((column) => isText(column) && !taken.includes(column) && !values.get(column)!.every(isNumber))
    .sort((a, b) => textLength(b) - textLength(a));
  return {
    text: named("text", isText) ?? longest,
    vector,
    id,
    run: areSteps ? run : undefined,
    step: areSteps ? step : undefined,
    model,
    prompt,
  };
}

/** Bytes as the vector that they hold. */
function asVector(value: unknown): unknown {
  const vector = value instanceof Uint8Array ? vectorOf(value) : null;
  return vector instanceof Float32Array ? vector : value;
}

function isPresent<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

function mayBeId(value: unknown): boolean {
  return (
    (typeof value === "string" && value.trim() !== "") || typeof value === "bigint" || Number.isInteger(value)
  );
}

function isWholeNumber(value: unknown): boolean {
  return /^\d+$/.test(String(value));
}

function isNumber(value: unknown): boolean {
  return Number.isFinite(Number(value));
}

function inOrder(roles: ColumnRoles): ColumnRoles {
  return Object.fromEntries(
    columnRoles.flatMap((role) => (roles[role] === undefined ? [] : [[role, roles[role]]])),
  );
}
