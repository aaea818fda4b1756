import type { Range } from "./keyset.js";
import { cursorOf, type Page, type PageArguments, readPage } from "./pageArguments.js";
import { positionOf, type RowOrder } from "./rowOrder.js";

/** Reads the rows of a connection, by a statement of its own or by one for all parents of its level. */
export interface RowSource<Row> {
  rows(range: Range): Promise<Row[]>;
  count(): Promise<number>;
}

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

/**
 * A page of rows in a total order, as a Relay connection. Each getter reads only what it needs: `totalCount` alone reads
 * no page, and a page counts nothing.
 */
export class KeysetConnection<Row, Edge extends object> {
  readonly #order: RowOrder<Row>;
  readonly #source: RowSource<Row>;
  readonly #edge: (row: Row) => Edge;
  readonly #page: Page;
  #taken?: Promise<{ rows: Row[]; cutAtStart: boolean; cutAtEnd: boolean }>;

  /** @throws RequestError if the arguments are invalid */
  constructor(order: RowOrder<Row>, source: RowSource<Row>, args: PageArguments, edge: (row: Row) => Edge) {
    this.#order = order;
    this.#source = source;
    this.#edge = edge;
    this.#page = readPage(
      args,
      order.order,
      order.orderBy.map(({ kind }) => kind),
    );
  }

  get totalCount(): Promise<number> {
    return this.#source.count();
  }

  get edges(): Promise<(Edge & { cursor: string })[]> {
    return this.#take().then(({ rows }) =>
      rows.map((row) => Object.assign(this.#edge(row), { cursor: this.#cursor(row) })),
    );
  }

  get pageInfo(): Promise<PageInfo> {
    const { after, before } = this.#page;
    // Whether rows exist beyond the given cursors is looked up only on request, as a promise, which GraphQL
    // awaits.
    const exists = (range: Pick<Range, "after" | "before">) =>
      this.#source
        .rows({ ...range, limit: 1, fromEnd: false, inclusive: true })
        .then((rows) => rows.length > 0) as unknown as boolean;
    return this.#take().then(({ rows, cutAtStart, cutAtEnd }) => ({
      get hasNextPage() {
        return cutAtEnd || (before !== null && exists({ after: before, before: null }));
      },
      get hasPreviousPage() {
        return cutAtStart || (after !== null && exists({ after: null, before: after }));
      },
      startCursor: rows.length > 0 ? this.#cursor(rows[0]) : null,
      endCursor: rows.length > 0 ? this.#cursor(rows[rows.length - 1]) : null,
    }));
  }

  #cursor(row: Row): string {
    return cursorOf(this.#order.order, positionOf(this.#order, row));
  }

  #take() {
    this.#taken ??= this.#read();
    return this.#taken;
  }

  async #read() {
    const { size, fromEnd, keepLast, after, before } = this.#page;
    // Reads one row more than the page has, to find out whether more rows follow.
    let rows = await this.#source.rows({ limit: size + 1, fromEnd, after, before });
    const more = rows.length > size;
    if (more) rows = fromEnd ? rows.slice(1) : rows.slice(0, size);
    const cutByLast = keepLast !== null && rows.length > keepLast;
    if (cutByLast) rows = rows.slice(rows.length - keepLast);
    return { rows, cutAtStart: (more && fromEnd) || cutByLast, cutAtEnd: more && !fromEnd };
  }
}
