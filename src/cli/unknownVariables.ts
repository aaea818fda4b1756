import type { App } from "../app.js";
import { unknownVariables } from "../settings.js";

/** Logs a warning of each variable that looks like a setting and is none: a limit that is misspelt limits nothing. */
export async function warnOfUnknownVariables(app: App): Promise<void> {
  const variables = unknownVariables();
  if (variables.length === 0) return;
  const { createLogger } = await import("../runtime/logger.js");
  const logger = app.logger ?? createLogger(app.settings.logLevel);
  for (const variable of variables) logger.warn({ variable }, "no setting has this name: it has no effect");
}
