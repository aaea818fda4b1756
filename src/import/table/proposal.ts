import { openTable } from "./openTable.js";
import { shownValue } from "./tableReader.js";
import { areVectors, firstValues } from "./vectorColumns.js";

/** The options of the command that name columns, in the order in which it is printed. */
type Role = "text" | "vector" | "id" | "run" | "step" | "model" | "prompt";

export interface Proposal {
  columns: { name: string; role: string; example: string }[];
  /** The column that each option should name. */
  roles: Partial<Record<Role, string>>;
}

const names: Record<Exclude<Role, "vector">, RegExp> = {
  text: /^(text|texts|output|output_?text|content|body|response|answer|completion|document|abstract|sentence)$/i,
  id: /^(id|_id|uuid|guid|key|row_?id|doc(ument)?_?id|text_?id)$/i,
  run: /^(run|session|conversation|chat|thread|trace|trajectory|dialog(ue)?)(_?id)?$/i,
  step: /^(step|turn|sequence(_?number)?|position|iteration|index|order)$/i,
  model: /^(model|model_?name|llm|generator)$/i,
  prompt: /^(prompt|initial_?prompt|question|instruction|input)$/i,
};

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
 * @throws RunFileError if the table cannot be read
 */
export async function proposeColumns(path: string, shownPath: string): Promise<Proposal> {
  const table = await openTable(path, shownPath, []);
  try {
    const values = await firstValues(table);
    const roles = rolesOf(table.columns, values, table.notMetadata);
    const roleOf = new Map(Object.entries(roles).map(([role, column]) => [column, role as Role]));
    return {
      roles,
      columns: table.columns.map((name) => {
        const role = roleOf.get(name);
        const leftOut = table.notMetadata.get(name);
        const otherwise = leftOut === undefined ? "metadata" : `left out: ${leftOut}`;
        const [example] = values.get(name)!;
        return {
          name,
          role: role ? meanings[role] : otherwise,
          example: example === undefined ? "" : shownValue(example),
        };
      }),
    };
  } finally {
    await table.close();
  }
}

function rolesOf(
  columns: string[],
  values: Map<string, unknown[]>,
  notMetadata: Map<string, string>,
): Partial<Record<Role, string>> {
  const isText = (column: string) =>
    values.get(column)!.length > 0 && values.get(column)!.every((value) => typeof value === "string");
  const isUnique = (column: string) =>
    values.get(column)!.length > 0 && new Set(values.get(column)).size === values.get(column)!.length;
  const vector = columns.find(
    (column) =>
      notMetadata.get(column) === "it holds vectors" || areVectors(values.get(column)!, { shortLists: true }),
  );
  const rest = columns.filter(
    (column) => column !== vector && !areVectors(values.get(column)!, { shortLists: true }),
  );
  const named = (role: Exclude<Role, "vector">, fits: (column: string) => boolean) =>
    rest.find((column) => names[role].test(column) && fits(column));

  const model = named("model", isText);
  const prompt = named("prompt", isText);
  const id = named("id", isUnique);
  const step = named("step", (column) => values.get(column)!.every(isWholeNumber));
  const run = named("run", (column) => !isUnique(column));
  const taken = [model, prompt, id, step, run];
  const length = (column: string) => {
    const texts = values.get(column) as string[];
    return texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  };
  const [longest] = rest
    .filter((column) => isText(column) && !taken.includes(column))
    .sort((a, b) => length(b) - length(a));
  const text = named("text", isText) ?? longest;
  const areSteps = run !== undefined && step !== undefined;
  return present({
    text,
    vector,
    id,
    run: areSteps ? run : undefined,
    step: areSteps ? step : undefined,
    model,
    prompt,
  });
}

function isWholeNumber(value: unknown): boolean {
  return /^\d+$/.test(String(value));
}

function present<Key extends string>(
  fields: Partial<Record<Key, string | undefined>>,
): Partial<Record<Key, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<
    Record<Key, string>
  >;
}
