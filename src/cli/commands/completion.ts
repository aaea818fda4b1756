import { Argument, type Command } from "commander";
import type { Cli } from "../cli.js";
import { bashCompletion } from "../completion/bash.js";
import { type CompletedCommand, completedCommand } from "../completion/completedCommand.js";
import { fishCompletion } from "../completion/fish.js";
import { zshCompletion } from "../completion/zsh.js";
import { addNotes } from "../options/helpText.js";

const shells: Record<string, (program: CompletedCommand) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function addCompletionCommand(program: Command, cli: () => Cli): void {
  const command = program
    .command("completion")
    .description("print what makes a shell complete commands, options and values")
    .addArgument(new Argument("<SHELL>", Object.keys(shells).join(", ")).choices(Object.keys(shells)))
    .action((shell: string) => {
      cli().stdout.write(shells[shell](completedCommand(program)));
    });
  addNotes(
    command,
    "In ~/.bashrc: source <(medoid completion bash). In ~/.zshrc, after compinit: source <(medoid completion zsh). In config.fish: medoid completion fish | source.",
  );
}
