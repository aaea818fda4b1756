import { type Command, Help, type Option } from "commander";
import { type DescribedSetting, describeSettings, type Settings } from "../../settings.js";

/** The widest lines of --help, in columns: longer ones are hard to read. */
const widest = 100;
/** Their width where the output is not a terminal. */
const usual = 80;

/** Sets how the help of a program and of its commands is laid out. */
export function configureHelpText(program: Command): void {
  const { stdout, stderr } = process;
  program
    .configureHelp({ visibleOptions, optionDescription })
    .configureOutput({
      getOutHelpWidth: () => Math.min(stdout.columns ?? usual, widest),
      getErrHelpWidth: () => Math.min(stderr.columns ?? usual, widest),
    })
    .showHelpAfterError("Add --help to see the options.");
}

/** Adds paragraphs below the options, each a line, wrapped to the width of the help. */
export function addNotes(command: Command, ...paragraphs: string[]): Command {
  return command.addHelpText("after", ({ command }) => `\n${wrapped(command, paragraphs.join("\n"))}`);
}

/** Adds examples, each a line as a shell reads it, which are not wrapped. */
export function addExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText(
    "after",
    `\n${["Examples:", ...examples.map((each) => `  ${each}`)].join("\n")}`,
  );
}

/** Adds the settings that act on a command, with what they mean and their defaults. */
export function addSettings(
  command: Command,
  names?: (keyof Settings)[],
  others: DescribedSetting[] = [],
): Command {
  return command.addHelpText("after", ({ command }) => {
    const described = [...describeSettings(names), ...others].map(
      ({ variable, description }) => `  ${variable}\n${wrapped(command, description, "      ")}`,
    );
    return `\n${["Settings, by environment variables:", ...described].join("\n")}`;
  });
}

/** Adds only the names of the settings that act on a command. */
export function addSettingNames(command: Command, names: (keyof Settings)[]): Command {
  return command.addHelpText("after", ({ command }) => {
    const variables = describeSettings(names).map(({ variable }) => variable);
    const heading = "Settings, by environment variables (docs/settings.md):";
    return `\n${heading}\n${wrapped(command, variables.join(", "), "  ")}`;
  });
}

function wrapped(command: Command, text: string, indent = ""): string {
  const width = (command.configureOutput().getOutHelpWidth?.() ?? usual) - indent.length;
  return command
    .createHelp()
    .boxWrap(text, width)
    .split("\n")
    .map((line) => indent + line)
    .join("\n");
}

/** The options of a command, with those of the whole program except its version. */
function visibleOptions(this: Help, command: Command): Option[] {
  const own = Help.prototype.visibleOptions.call(this, command);
  const help = own.splice(-1);
  const ofProgram: Option[] = [];
  for (let { parent } = command; parent; parent = parent.parent) {
    ofProgram.push(...parent.options.filter(({ long }) => long !== "--version"));
  }
  return [...own, ...ofProgram, ...help];
}

/** Without the choices, which the descriptions name. */
function optionDescription(option: Option): string {
  const { description, envVar, defaultValue, defaultValueDescription, required } = option;
  const extra: string[] = [];
  const shownDefault =
    defaultValueDescription ?? (defaultValue === undefined ? undefined : String(defaultValue));
  if (required && shownDefault !== undefined) extra.push(`default: ${shownDefault}`);
  if (envVar !== undefined) extra.push(`env: ${envVar}`);
  return extra.length === 0 ? description : `${description} (${extra.join(", ")})`;
}
