import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bashCompletion } from "../../src/cli/completion/bash.js";
import { completedCommand } from "../../src/cli/completion/completedCommand.js";
import { fishCompletion } from "../../src/cli/completion/fish.js";
import { zshCompletion } from "../../src/cli/completion/zsh.js";
import { createProgram } from "../../src/cli/program.js";

const program = createProgram(new AbortController().signal);
const table = completedCommand(program);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-completion-"));
  writeFileSync(join(folder, "texts.csv"), "");
  writeFileSync(join(folder, "two words.csv"), "");
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "medoid.bash"), bashCompletion(table));
  writeFileSync(join(folder, "medoid.zsh"), zshCompletion(table));
  writeFileSync(join(folder, "setup.zsh"), zshSetup);
  writeFileSync(join(folder, "medoid.fish"), fishCompletion(table));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The lines that a shell prints in the folder. */
function lines(command: string, args: string[]): string[] {
  return execFileSync(command, args, { cwd: folder, encoding: "utf8", timeout: 20_000 })
    .split(/\r?\n/)
    .filter(Boolean);
}

/** Calls the function as readline does: words are split at "=" and ":", too. */
const bashScript = `
source ./medoid.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_medoid
printf '%s\\n' "\${COMPREPLY[@]}"
`;

/** Types a line into an interactive zsh, which writes each match that is added to its list to a file, and ends. */
const zshSetup = `
PS1=
autoload -U compinit
compinit -u -D
source ./medoid.zsh
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ " \${(@)argv[1,(i)(-|--)]} " == *\\ -[^-]#[OAD]\\ * ]]; then builtin compadd "$@"; return; fi
  local -a found
  builtin compadd -O found "$@"
  (( $#found )) && print -rl -- $found >> ./matches
  builtin compadd "$@"
}
finish() { exit }
comppostfuncs=(finish)
print READY
`;
const zshScript = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'source ./setup.zsh'
zpty -r z line '*READY*'
zpty -n -w z "$1"$'\\t'
while zpty -r z line; do :; done
[[ ! -e ./matches ]] || cat ./matches
`;

const shells: Record<string, (line: string) => string[]> = {
  bash: (line) => {
    const words = line.split(" ").flatMap((word) => word.split(/(?<=[=:])|(?=[=:])/));
    return lines("bash", ["--norc", "-c", bashScript, "bash", ...words]);
  },
  zsh(line) {
    rmSync(join(folder, "matches"), { force: true });
    return lines("zsh", ["-f", "-c", zshScript, "zsh", line]);
  },
  fish: (line) =>
    lines("fish", ["-N", "-c", "source ./medoid.fish; complete -C $argv[1]", line]).map(
      (each) => each.split("\t")[0],
    ),
};

/** What each shell adds to what it completes. */
const plain = (found: string[]) =>
  [
    ...new Set(
      found.map((each) =>
        each
          .replace(/^--[\w-]+=/, "")
          .replaceAll("\\ ", " ")
          .replace(/[=/ ]$/, ""),
      ),
    ),
  ].sort();

const names = table.commands.map(({ words }) => words[0]);
const optionsOf = (name: string) =>
  table.commands.find(({ words }) => words[0] === name)!.options.flatMap(({ flags }) => flags);
const longOptionsOf = (name: string) => optionsOf(name).filter((flag) => flag.startsWith("--"));

describe.each(Object.keys(shells))("completion in %s", (shell) => {
  const isInstalled = spawnSync(shell, ["--version"]).status === 0;
  const completed = (line: string) => plain(shells[shell](line));

  test.skipIf(!isInstalled).each<[what: string, line: string, expected: () => string[]]>([
    ["commands", "medoid ", () => names],
    ["the rest of a command", "medoid sho", () => ["show"]],
    ["commands after an option", "medoid --database-url a.db mode", () => ["models"]],
    ["commands of a command", "medoid keys ", () => ["create", "help", "list", "revoke"]],
    ["options", "medoid cluster --", () => longOptionsOf("cluster")],
    ["options of a command of a command", "medoid keys create --sc", () => ["--scopes"]],
    ["values of an enum", "medoid cluster --metric ", () => ["COSINE", "EUCLIDEAN"]],
    ["values after =", "medoid cluster --algorithm=AP", () => ["APPROXIMATE_HDBSCAN"]],
    ["values in lower case", "medoid export --format p", () => ["parquet"]],
    ["arguments with choices", "medoid completion ", () => ["bash", "fish", "zsh"]],
    [
      "options after a value",
      "medoid cluster --metric COSINE --al",
      () => ["--algorithm", "--all-models", "--allow-single-cluster", "--alpha"],
    ],
    ["files where an argument is one", "medoid import te", () => ["texts.csv"]],
    ["files where an option takes one", "medoid import texts.csv --vectors tw", () => ["two words.csv"]],
    ["no files elsewhere", "medoid show --first ", () => []],
  ])("%s", (_, line, expected) => {
    expect(completed(line)).toEqual([...expected()].sort());
  });
});

test("every command and option of --help is in each script", () => {
  const scripts = [bashCompletion, zshCompletion, fishCompletion].map((script) => script(table));
  for (const command of program.commands) {
    for (const option of command.options.filter(({ hidden }) => !hidden)) {
      for (const script of scripts) {
        expect(script).toContain(command.name());
        expect(script).toContain(option.long?.replace(/^--/, ""));
      }
    }
  }
});
