import { readFileSync } from "node:fs";

/** A fenced block of a Markdown file, and the block with its response if one follows. */
export interface Example {
  where: string;
  /** The heading of level two above it; empty before the first. */
  section: string;
  language: string;
  text: string;
  result?: { language: string; text: string };
}

const resultLanguages = new Set(["json", "text"]);

/** The sections of docs/frontends.md that show code of a project of test/clients/projects, and the project's folder. */
export const projectOfSection = new Map([
  ["Relay", "relay"],
  ["Apollo", "apollo"],
  ["urql", "urql"],
  ["Python", "python"],
]);

/** The fenced blocks of a Markdown file, in order. */
export function examplesOf(file: string): Example[] {
  const found: Example[] = [];
  const markdown = readFileSync(file, "utf8");
  for (const match of markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const [, language, text] = match;
    const precedingText = markdown.slice(0, match.index);
    const line = precedingText.split("\n").length;
    const section = [...precedingText.matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? "";
    const before = found.at(-1);
    if (resultLanguages.has(language) && before?.section === section) before.result = { language, text };
    else found.push({ where: `${file}:${line}`, section, language, text });
  }
  return found;
}

/** The commands of a block, one per line or joined by &&, without their comments. */
export function commandsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/\s+#\s.*$/, "").trim())
    .filter((line) => line && !line.startsWith("#"))
    .flatMap((line) => line.split(" && "));
}

/** Text of a Markdown file that is marked as code within a line: `so`. */
export function inlineCodeOf(file: string): { where: string; code: string }[] {
  return readFileSync(file, "utf8")
    .replace(/^```.*?^```$/gms, (block) => block.replace(/[^\n]/g, ""))
    .split("\n")
    .flatMap((line, at) =>
      [...line.matchAll(/`([^`]+)`/g)].map(([, code]) => ({ where: `${file}:${at + 1}`, code })),
    );
}
