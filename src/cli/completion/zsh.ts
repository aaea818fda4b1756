import type { CompletedCommand, CompletedOption, CompletedValue } from "./completedCommand.js";

/** The completion for zsh, which is sourced, or a file _medoid in a folder of $fpath. */
export function zshCompletion(program: CompletedCommand): string {
  return `#compdef medoid
# Completion of medoid for zsh: source <(medoid completion zsh)
${functionOf(program)}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _medoid "$@"
else
  compdef _medoid medoid
fi
`;
}

/** A function for a command, after those of its subcommands. */
function functionOf({ words, commands, options, arguments: given }: CompletedCommand): string {
  const specs = options.flatMap(optionSpecs);
  if (commands.length === 0) {
    specs.push(...given.map((value, n) => quoted(`${n + 1}:${value.name}:${action(value)}`)));
    return `${functionName(words)}() {\n  _arguments -S ${specs.join(" \\\n    ")}\n}\n`;
  }
  const names = commands.map((each) => quoted(`${each.words.at(-1)}:${plain(each.description)}`));
  const branches = commands.map((each) => `    ${each.words.at(-1)}) ${functionName(each.words)} ;;`);
  return `${commands.map(functionOf).join("")}${functionName(words)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -S -C ${[...specs, "'1:command:->command'", "'*::argument:->argument'"].join(" \\\n    ")}
  case $state in
  command)
    local -a commands=(${names.join("\n      ")})
    _describe command commands
    ;;
  argument)
    case $words[1] in
${branches.join("\n")}
    esac
    ;;
  esac
}
`;
}

/** Options of a whole program and of a command may be the same word: a list in parentheses excludes the other form. */
function optionSpecs({ flags, description, value, isVariadic }: CompletedOption): string[] {
  const excluded = isVariadic ? "*" : flags.length > 1 ? `(${flags.join(" ")})` : "";
  return flags.map((flag) => {
    const takes = value === null ? "" : `:${value.name}:${action(value)}`;
    const name = value !== null && flag.startsWith("--") ? `${flag}=` : flag;
    return quoted(`${excluded}${name}[${plain(description)}]${takes}`);
  });
}

function action({ kind, choices }: CompletedValue): string {
  if (kind === "file") return "_files";
  return kind === "choice" ? `(${choices.join(" ")})` : " ";
}

const functionName = (words: string[]) => ["_medoid", ...words].join("_").replaceAll("-", "_");

/** A text without the characters that have a meaning in a specification. */
const plain = (text: string) => text.replace(/[[\]:\\]/g, (character) => `\\${character}`);

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
