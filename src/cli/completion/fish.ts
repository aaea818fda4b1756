import { type CompletedCommand, type CompletedValue, withSubcommands } from "./completedCommand.js";

/** The completion for fish, which is sourced, or a file medoid.fish in a folder of completions. */
export function fishCompletion(program: CompletedCommand): string {
  const commands = withSubcommands(program);
  const withValue = commands.flatMap(({ options }) => options.filter(({ value }) => value !== null));
  const flags = [...new Set(withValue.flatMap((option) => option.flags))];
  return `# Completion of medoid for fish: medoid completion fish | source
# Whether the words so far are those of a command, without options, their values and arguments.
function __medoid_is
    set -l found
    set -l isValue 0
    for word in (commandline -opc)[2..-1]
        if test $isValue = 1
            set isValue 0
        else if contains -- $word ${flags.join(" ")}
            set isValue 1
        else if not string match -q -- '-*' $word
            contains -- "$found $word" ${names(commands)}; and set found "$found $word"
        end
    end
    test "$found" = "$argv[1]"
end
complete -c medoid -f
${commands.flatMap(lines).join("\n")}
`;
}

const names = (commands: CompletedCommand[]) =>
  commands
    .filter(({ words }) => words.length > 0)
    .map(({ words }) => quoted(` ${words.join(" ")}`))
    .join(" ");

function lines({ words, commands, options, arguments: given }: CompletedCommand): string[] {
  const path = words.length === 0 ? "" : ` ${words.join(" ")}`;
  const start = `complete -c medoid -n ${quoted(`__medoid_is ${quoted(path)}`)}`;
  return [
    ...commands.map(
      (each) => `${start} -a ${quoted(each.words.at(-1) ?? "")} -d ${quoted(each.description)}`,
    ),
    ...options.map(({ flags, description, value }) => {
      const forms = flags.map((flag) =>
        flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      return `${start} ${forms.join(" ")}${value === null ? "" : ` -r${completed(value)}`} -d ${quoted(description)}`;
    }),
    ...given.filter(({ kind }) => kind !== "text").map((value) => `${start}${completed(value)}`),
  ];
}

function completed({ kind, choices }: CompletedValue): string {
  if (kind === "file") return " -F";
  return kind === "choice" ? ` -f -a ${quoted(choices.join(" "))}` : " -f";
}

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
