import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A service of compose.yaml, in the forms that Medoid's file uses. */
export interface Service {
  image?: string;
  build?: string;
  command: string[];
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  ports?: string[];
  volumes?: string[];
  deploy?: { replicas: number };
  stop_grace_period?: string;
}

export interface ComposeFile {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/**
 * Reads compose.yaml as Compose does, with merges (`<<`) and variables resolved. @throws for a variable that is not
 * given
 */
export function readComposeFile(text: string, variables: Record<string, string>): ComposeFile {
  const set = (value: string) =>
    value.replace(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_, name) => {
      if (variables[name] === undefined) throw new Error(`${name} is not set`);
      return variables[name];
    });
  return parse(text, (_, value) => (typeof value === "string" ? set(value) : value), { merge: true });
}

export function composeText(): string {
  return readFileSync(new URL("../../compose.yaml", import.meta.url), "utf8");
}
