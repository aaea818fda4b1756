import DataLoader from "dataloader";

/** Fewer than the parameters that Prisma puts into one statement on SQLite. */
const idsPerStatement = 500;

/** Loads rows by their ids (bare UUIDs), with one statement for what is asked for at once; null where there is none. */
export function nodeLoader<Row extends { id: string }>(
  find: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(
    async (ids) => {
      const rows = new Map((await find([...ids])).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    },
    { maxBatchSize: idsPerStatement },
  );
}

/** The row that a foreign key names: it exists, unless it was deleted since the key was read. */
export async function present<Row>(loader: DataLoader<string, Row | null>, id: string): Promise<Row> {
  const row = await loader.load(id);
  if (row === null) throw new Error(`nothing has the id ${id} any more`);
  return row;
}
