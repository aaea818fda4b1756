import type { ConnectionLoader } from "./connectionLoader.js";
import type { Keyset } from "./keyset.js";
import { KeysetConnection, type PageInfo } from "./keysetConnection.js";
import type { PageArguments } from "./pageArguments.js";

interface Options<Row> {
  /** The loader of the rows' type. It caches the rows of a page, so that it does not read them again. */
  prime?: { primeAll(rows: Row[]): void };
  /** The number of rows, if the parent has it; they are not counted then. */
  count?: number;
  /** True if existing rows must stay hidden: the connection is empty, and nothing is read. */
  empty?: boolean;
}

/** The content of a connection. */
export interface ReadConnection<Edge> {
  edges: (Edge & { cursor: string })[];
  pageInfo: PageInfo;
  totalCount: Promise<number>;
}

/**
 * The rows of a keyset as a Relay connection.
 * @param parentId bare UUID of the row that they belong to; null for a keyset without parents
 * @param options.edge creates the edge of a row. By default the edge has the row as its node and no other
 *   fields
 * @throws RequestError if the arguments are invalid
 */
export function connection<Row, Edge extends { node: unknown }>(
  loaders: { connection: ConnectionLoader },
  keyset: Keyset<Row>,
  parentId: string | null,
  args: PageArguments,
  options: Options<Row> & { edge: (row: Row) => Edge },
): KeysetConnection<Row, Edge>;
export function connection<Row>(
  loaders: { connection: ConnectionLoader },
  keyset: Keyset<Row>,
  parentId: string | null,
  args: PageArguments,
  options?: Options<Row>,
): KeysetConnection<Row, { node: Row }>;
export function connection<Row>(
  loaders: { connection: ConnectionLoader },
  keyset: Keyset<Row>,
  parentId: string | null,
  args: PageArguments,
  {
    prime,
    edge = (row) => ({ node: row }),
    count,
    empty = false,
  }: Options<Row> & { edge?: (row: Row) => { node: unknown } } = {},
) {
  const source = loaders.connection.of(keyset, parentId, (rows) => prime?.primeAll(rows));
  return new KeysetConnection(
    keyset,
    {
      rows: empty ? async () => [] : source.rows,
      count: empty ? async () => 0 : count === undefined ? source.count : async () => count,
    },
    args,
    edge,
  );
}
