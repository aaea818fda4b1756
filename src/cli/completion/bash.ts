import { type CompletedCommand, type CompletedValue, withSubcommands } from "./completedCommand.js";

/** The completion for bash, which is sourced. */
export function bashCompletion(program: CompletedCommand): string {
  const commands = withSubcommands(program);
  return `# Completion of medoid for bash: source <(medoid completion bash)
_medoid() {
  local command='' option='' isVariadic='' isOption='' argument=0 word glue='' i n=0
  local words=() choices=''
  # Readline splits words at "=" and ":", which are parts of them here.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $n -gt 0 && ( -n $glue || $word == [=:]* ) ]]; then words[n - 1]+=$word; else words[n++]=$word; fi
    [[ $word == *[=:] ]] && glue=1 || glue=
  done
  local current=\${words[n - 1]} last=\${COMP_WORDS[COMP_CWORD]}
  [[ $last == [=:] ]] && last=
  for ((i = 0; i < n - 1; i++)); do
    word=\${words[i]}
    if [[ $word == -* ]]; then
      option=; isVariadic=
      [[ $word == *=* ]] && continue
      case "$command $word" in
${cases(commands, ({ isVariadic }) => `option=$word; isVariadic=${isVariadic ? 1 : ""}`)}
      esac
      continue
    fi
    if [[ -n $option ]]; then
      [[ -n $isVariadic ]] || option=
      continue
    fi
    case "$command $word" in
${commands
  .filter(({ words }) => words.length > 0)
  .map(({ words }) => `      ${quoted(` ${words.join(" ")}`)}) command+=" $word" ;;`)
  .join("\n")}
      *) argument=$((argument + 1)) ;;
    esac
  done
  if [[ $current == --*=* ]]; then
    option=\${current%%=*}
    last=\${current#*=}
    [[ $last == *:* ]] && last=\${last##*:}
  elif [[ $current == -* ]]; then
    option=
    isOption=1
  fi
  if [[ -n $option ]]; then
    case "$command $option" in
${cases(commands, ({ value }) => complete(value))}
    esac
  elif [[ -n $isOption ]]; then
    case "$command" in
${commands.map(({ words, options }) => `      ${commandPattern(words)}) choices=${quoted(options.flatMap(({ flags }) => flags).join(" "))} ;;`).join("\n")}
    esac
  else
    case "$command $argument" in
${commands.flatMap(positionals).join("\n")}
    esac
  fi
  if [[ $choices == '<file>' ]]; then
    COMPREPLY=()
    local IFS=$'\\n' # bash 3 has no compopt
    compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "$last"))
  else
    COMPREPLY=($(compgen -W "$choices" -- "$last"))
  fi
}
complete -F _medoid medoid
`;
}

type Completed = CompletedCommand["options"][number];

/** A branch for each option that takes a value, of each command. */
function cases(commands: CompletedCommand[], branch: (option: Completed) => string): string {
  return commands
    .flatMap(({ words, options }) =>
      options
        .filter(({ value }) => value !== null)
        .map((option) => {
          const patterns = option.flags.map((flag) => quoted(`${prefix(words)} ${flag}`));
          return `      ${patterns.join(" | ")}) ${branch(option)} ;;`;
        }),
    )
    .join("\n");
}

function positionals({ words, commands, arguments: given }: CompletedCommand): string[] {
  if (commands.length > 0) {
    const names = commands.map((each) => each.words.at(-1));
    return [`      ${quoted(`${prefix(words)} 0`)}) choices=${quoted(names.join(" "))} ;;`];
  }
  return given.map((value, n) => `      ${quoted(`${prefix(words)} ${n}`)}) ${complete(value)} ;;`);
}

function complete(value: CompletedValue | null): string {
  if (value?.kind === "file") return "choices='<file>'";
  return `choices=${quoted((value?.choices ?? []).join(" "))}`;
}

const prefix = (words: string[]) => (words.length === 0 ? "" : ` ${words.join(" ")}`);
const commandPattern = (words: string[]) => quoted(prefix(words));

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
