import type { App } from "../app.js";
import { unknownVariables } from "../settings.js";

/** Logs a warning for each variable that is named like a setting but is not one: a misspelt limit has no effect. */
export async function warnOfUnknownVariables(app: App): Promise<void> {
  const variables = unknownVariables();
  if (variables.length === 0) return;
  const { createLogger } = await import("../runtime/logger.js");
  const logger = app.logger ?? createLogger(app.settings.logLevel);
  for (const variable of variables)
    logger.warn({ variable }, "There is no setting of this name, so the variable has no effect.");
}
