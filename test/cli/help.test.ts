import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.js";
import { settingDefinitions } from "../../src/settings.js";

const signal = new AbortController().signal;

/** The help of a command as it is printed at a width. */
function helpOf(words: string, width: number): string {
  let printed = "";
  const program = createProgram(signal);
  for (const command of withSubcommands(program)) {
    command.configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      getOutHelpWidth: () => width,
    });
  }
  findCommand(program, words).outputHelp();
  return printed;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function findCommand(program: Command, words: string): Command {
  return words
    .split(" ")
    .filter(Boolean)
    .reduce((command, word) => command.commands.find((each) => each.name() === word)!, program);
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}`.trim() : "";
}

const commands = withSubcommands(createProgram(signal)).map(nameOf);

describe("--help", () => {
  test.each(commands)("of medoid %s has no line that is longer than the terminal is wide", (name) => {
    for (const width of [80, 100]) {
      const help = helpOf(name, width);
      expect(help).toContain("--database-url");
      expect(help.split("\n").filter((line) => line.length > width)).toEqual([]);
    }
  });

  test.each(["cluster", "map"])("of medoid %s fits 40 lines, with three examples", (name) => {
    for (const width of [80, 100]) {
      const help = helpOf(name, width);
      expect(help.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
      expect(help.match(new RegExp(`^ {2}medoid ${name}.*$`, "gm"))).toHaveLength(3);
    }
  });

  test("has examples whose options exist", () => {
    let examples = 0;
    for (const name of commands) {
      for (const [, example] of helpOf(name, 80).matchAll(/^ {2}(?:\w.* \| )?(medoid [^#\n]*)/gm)) {
        const known = findCommand(createProgram(signal), name).options.map(({ long }) => long);
        expect(example.startsWith(`medoid ${name}`)).toBe(true);
        for (const [option] of example.matchAll(/(?<= )--[\w-]+/g)) expect(known).toContain(option);
        examples++;
      }
    }
    expect(examples).toBeGreaterThan(9);
  });

  test("lists settings only where they act: those of a server only for commands that start one", () => {
    const variables = Object.values(settingDefinitions).map(({ variable }) => variable);
    const listed = (name: string) => variables.filter((variable) => helpOf(name, 80).includes(variable));
    const ofClusterings = [
      "MEDOID_CLUSTERING_CONCURRENCY",
      "MEDOID_CLUSTERING_THREADS",
      "MEDOID_CLUSTERING_SECONDS_LIMIT",
      "MEDOID_CLUSTERING_BYTES_LIMIT",
    ];
    const listing = Object.fromEntries(
      commands.map((name) => [name, listed(name)]).filter(([, found]) => found.length > 0),
    );
    expect(listing).toEqual({
      demo: variables,
      serve: variables,
      worker: [
        "MEDOID_ALLOW_NEWER_DATABASE",
        "MEDOID_REQUIRE_KEYS",
        "MEDOID_RATE_LIMIT",
        "MEDOID_TRUSTED_PROXIES",
        "MEDOID_BASE_URL",
        "MEDOID_LOG_LEVEL",
        "MEDOID_CLUSTERING_CONCURRENCY",
        "MEDOID_CLUSTERING_THREADS",
      ],
      cluster: ofClusterings,
      map: ofClusterings,
    });
  });
});
