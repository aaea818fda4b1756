import Table from "cli-table3";
import { columnsOf, shortened } from "./printable.js";

export interface TableColumn {
  title: string;
  align?: "left" | "right";
  /** What becomes of values if the table is too wide; by default they stay as they are. */
  ifWide?: "wrap" | "shorten";
}

/** A column that is too wide becomes no narrower than this. */
const narrowest = 12;
/** What a column takes besides its values: a line, and a space on both sides. */
const besideValues = 3;

/**
 * A table with lines between its cells, whose widest columns are made narrower until it fits.
 *
 * @param rows printable texts
 * @param width of the terminal, in columns
 */
export function fittedTable(columns: TableColumn[], rows: string[][], width: number): string {
  const widths = columns.map(({ title }, at) =>
    Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[at]))),
  );
  let excess = widths.reduce((sum, each) => sum + each + besideValues, 1) - width;
  for (; excess > 0; excess--) {
    let widest: number | undefined;
    for (const [at, { title, ifWide }] of columns.entries()) {
      if (!ifWide || widths[at] <= Math.max(narrowest, columnsOf(title))) continue;
      if (widest === undefined || widths[at] > widths[widest]) widest = at;
    }
    if (widest === undefined) break;
    widths[widest]--;
  }
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align = "left" }) => align),
    colWidths: widths.map((each) => each + 2),
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const row of rows) {
    table.push(
      row.map((text, at) => (columns[at].ifWide === "shorten" ? shortened(text, widths[at]) : text)),
    );
  }
  return `${table}\n`;
}
