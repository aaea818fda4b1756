import { readFileSync } from "node:fs";

/** Read from the package's own package.json. */
export const { version, description } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string; description: string };
