/** Fewest numbered columns that are taken for a vector. */
const fewestColumns = 8;

export interface NumberedColumns {
  names: ReadonlySet<string>;
  first: string;
  prefix: string;
  /** The first and the last name. */
  shown: string;
}

/** The columns that hold a vector, one number each, such as emb_0 to emb_299: the most with one prefix; null if none do. */
export function numberedColumns(columns: string[], values: Map<string, unknown[]>): NumberedColumns | null {
  const groups = new Map<string, string[]>();
  for (const name of columns) {
    const prefix = beforeNumber(name);
    if (prefix === name || !values.get(name)!.every(isNumber)) continue;
    const group = groups.get(prefix);
    if (group) group.push(name);
    else groups.set(prefix, [name]);
  }
  const [[prefix, names] = []] = [...groups].sort(([, a], [, b]) => b.length - a.length);
  if (prefix === undefined || names === undefined || names.length < fewestColumns) return null;
  return { names: new Set(names), first: names[0], prefix, shown: `${names[0]} … ${names.at(-1)}` };
}

/** The name without the digits at its end. */
function beforeNumber(name: string): string {
  let end = name.length;
  while (end > 0 && name[end - 1] >= "0" && name[end - 1] <= "9") end--;
  return name.slice(0, end);
}

function isNumber(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== "" && !Number.isNaN(Number(value));
  return typeof value === "number" || typeof value === "bigint";
}
