/**
 * The fields of an error that are logged. All other properties are left out, such as the whole client that
 * node-postgres attaches.
 */
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

/**
 * The same in one line. Of a message with several lines it takes the last, because that is where Prisma puts
 * the reason.
 */
export function errorLine(error: unknown): string {
  return lineOf(errorFields(error));
}

function lineOf({ type, message, code, cause }: ErrorFields): string {
  const reason = message.trim().split("\n").at(-1)?.trim() || type;
  return `${reason}${code === undefined ? "" : ` (${code})`}${cause ? `: ${lineOf(cause)}` : ""}`;
}
