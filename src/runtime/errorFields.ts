/** What a log says of an error. What else hangs on it is left out, as the whole client that node-postgres adds. */
export interface ErrorFields {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: ErrorFields;
}

/** @param error anything that was thrown */
export function errorFields(error: unknown): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code: String(code) }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: errorFields(error.cause) }),
  };
}

/** The same in one line. Prisma says in its last line what is wrong. */
export function errorLine(error: unknown): string {
  return lineOf(errorFields(error));
}

function lineOf({ type, message, code, cause }: ErrorFields): string {
  const said = message.trim().split("\n").at(-1)?.trim() || type;
  return `${said}${code === undefined ? "" : ` (${code})`}${cause ? `: ${lineOf(cause)}` : ""}`;
}
