import { readFileSync } from "node:fs";
import { posix } from "node:path";

/** The stage that an instruction `FROM` begins. */
export interface Stage {
  image: string;
  name: string | undefined;
  instructions: Instruction[];
}

interface Instruction {
  name: string;
  /** The rest of the line, with its options. */
  text: string;
}

export interface Copy {
  /** The stage that it copies from; undefined: the build's context. */
  from: string | undefined;
  sources: string[];
  target: string;
}

/** Reads the stages of a Dockerfile: only the part of the language that Medoid's uses. @throws for everything else */
export function readDockerfile(path: string): Stage[] {
  const stages: Stage[] = [];
  const lines = readFileSync(path, "utf8").split("\n");
  const text = lines.filter((line) => !/^\s*#/.test(line)).join("\n");
  for (const line of text.replace(/\\\n\s*/g, "").split("\n")) {
    if (line.trim() === "") continue;
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`This is not an instruction of a Dockerfile: ${line}`);
    if (name === "FROM") {
      const [, image, stage] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      if (image === undefined) throw new Error(`This names no image: ${line}`);
      stages.push({ image, name: stage, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`This stands before any FROM: ${line}`);
      stage.instructions.push({ name, text: rest });
    }
  }
  return stages;
}

export function textsOf({ instructions }: Stage, name: string): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** An instruction that occurs once in a stage. */
export function textOf(stage: Stage, name: string): string {
  const [text, ...others] = textsOf(stage, name);
  if (text === undefined || others.length > 0)
    throw new Error(`${name} is not there once, but ${others.length + 1} times`);
  return text;
}

/** A command as a list: run without a shell, so that signals reach it. */
export function commandOf(text: string): string[] {
  return JSON.parse(text.slice(text.indexOf("[")));
}

export function copiesOf(stage: Stage): Copy[] {
  return textsOf(stage, "COPY").map((text) => {
    const words = text.split(" ");
    const options = words.filter((word) => word.startsWith("--"));
    const paths = words.filter((word) => !word.startsWith("--"));
    const [, from] = /^--from=(\S+)$/.exec(options[0] ?? "") ?? [];
    if (options.length !== (from === undefined ? 0 : 1)) throw new Error(`An unknown option: COPY ${text}`);
    return { from, sources: paths.slice(0, -1), target: paths.at(-1)! };
  });
}

/** The variables that a stage sets. */
export function environmentOf(stage: Stage): Record<string, string> {
  return Object.fromEntries(
    textsOf(stage, "ENV").map((text) => {
      const [, name, value] = /^(\w+)=(\S+)$/.exec(text) ?? [];
      if (name === undefined) throw new Error(`This sets no variable: ENV ${text}`);
      return [name, value];
    }),
  );
}

/** Whether .dockerignore excludes a path of the build's context. @throws for unsupported patterns */
export function readDockerignore(path: string): (file: string) => boolean {
  const patterns = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      if (!/^[\w./*-]+$/.test(line) || line.includes("**")) throw new Error(`An unknown pattern: ${line}`);
      const part = line.replaceAll(".", "\\.").replaceAll("*", "[^/]*");
      return new RegExp(`^${part}(/|$)`);
    });
  return (file) => patterns.some((pattern) => pattern.test(posix.normalize(file)));
}
