/** The width of lines that are not printed to a terminal, in columns. */
const withoutTerminal = 200;
/** The narrowest width to which texts are cut: they stay recognisable, and a narrower terminal wraps the lines. */
const narrowest = 60;

/**
 * The width of the lines that a command prints, in columns: texts in them are cut to it.
 *
 * @param otherwise the width of what is not printed to a terminal
 */
export function outputWidth(stdout: NodeJS.WritableStream, otherwise = withoutTerminal): number {
  const { columns } = stdout as { columns?: number };
  return columns === undefined ? otherwise : Math.max(columns, narrowest);
}
