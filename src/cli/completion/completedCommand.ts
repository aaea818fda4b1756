import type { Argument, Command, Option } from "commander";

/** What a shell completes: a command with what --help shows of it. */
export interface CompletedCommand {
  /** The words after `medoid`: none for the program itself, ["keys", "list"]. */
  words: string[];
  description: string;
  commands: CompletedCommand[];
  options: CompletedOption[];
  arguments: CompletedValue[];
}

export interface CompletedOption {
  /** "-h", "--help" */
  flags: string[];
  description: string;
  /** Null if it takes none. */
  value: CompletedValue | null;
  /** Whether it takes several values. */
  isVariadic: boolean;
}

export interface CompletedValue {
  name: string;
  kind: "file" | "choice" | "text";
  /** Of a choice. */
  choices: readonly string[];
}

/** Reads commands, options and values from the program that also prints --help, so that there is no second list. */
export function completedCommand(command: Command, words: string[] = []): CompletedCommand {
  const help = command.createHelp();
  return {
    words,
    description: help.subcommandDescription(command),
    commands: help.visibleCommands(command).map((each) => completedCommand(each, [...words, each.name()])),
    options: help.visibleOptions(command).map((option) => completedOption(option)),
    arguments: command.registeredArguments.map((argument) => argumentValue(argument, command)),
  };
}

/** A command and all below it. */
export function withSubcommands(command: CompletedCommand): CompletedCommand[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function completedOption(option: Option): CompletedOption {
  const { short, long, description, required, optional, variadic, argChoices, flags } = option;
  const [, name = ""] = /[<[]([^\]>]*?)(?:\.\.\.)?[\]>]/.exec(flags) ?? [];
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value: required || optional ? completedValue(name, argChoices) : null,
    isVariadic: variadic,
  };
}

function argumentValue(argument: Argument, command: Command): CompletedValue {
  // The names of commands, after `medoid help`.
  const choices =
    command.name() === "help" ? command.parent?.commands.map((each) => each.name()) : argument.argChoices;
  return completedValue(argument.name().replace(/^<|>$/g, ""), choices);
}

/** A value that is a file has a name that says so, in --help too. */
function completedValue(name: string, choices: readonly string[] | undefined): CompletedValue {
  if (choices) return { name, kind: "choice", choices };
  return { name, kind: /^(file|path)$/i.test(name) ? "file" : "text", choices: [] };
}
