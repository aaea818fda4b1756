import Table from "cli-table3";
import { type Command, InvalidArgumentError } from "commander";
import { parseUuid } from "../resolvers/globalId.js";
import { type Scope, scopes } from "../server/access/apiKey.js";
import { createApiKey, listApiKeys, revokeApiKey } from "../server/access/apiKeys.js";
import type { Cli } from "./cli.js";
import { ArgumentError, CommandError } from "./commandErrors.js";

export function addKeysCommand(program: Command, cli: () => Cli): void {
  const keys = program
    .command("keys")
    .description("make, list and revoke API keys; as soon as there is one, every request needs one");
  addCreate(keys, cli);
  addList(keys, cli);
  addRevoke(keys, cli);
}

function addCreate(keys: Command, cli: () => Cli): void {
  keys
    .command("create")
    .description("make a key and print it: nobody can be told it again")
    .argument("<NAME>", "what it is for")
    .option("--scopes <list>", "what it allows: read, write, or both", scopeList, ["read"] as Scope[])
    .option("--json", "print the key and what is known of it")
    .action(async (name: string, options: { scopes: Scope[]; json?: boolean }) => {
      const { open, stdout, stderr } = cli();
      if (name.trim() === "") throw new ArgumentError("NAME must not be empty.");
      const app = await open();
      try {
        const { key, record } = await createApiKey(app.database.prisma, { name, scopes: options.scopes });
        if (options.json) {
          stdout.write(`${JSON.stringify({ key, ...record }, null, 2)}\n`);
          return;
        }
        stdout.write(`${key}\n`);
        stderr.write(
          `Keep it: it is not shown again. It may ${record.scopes.join(" and ")}; revoke it with: medoid keys revoke ${record.id}\n`,
        );
      } finally {
        await app.close();
      }
    });
}

function addList(keys: Command, cli: () => Cli): void {
  keys
    .command("list")
    .description("list the keys, revoked ones included; never their secrets")
    .option("--json", "print what is known of them")
    .action(async ({ json }: { json?: boolean }) => {
      const { open, stdout } = cli();
      const app = await open();
      try {
        const records = await listApiKeys(app.database.prisma);
        if (json) {
          stdout.write(`${JSON.stringify(records, null, 2)}\n`);
          return;
        }
        if (records.length === 0) {
          stdout.write("There is no key: make one with `medoid keys create NAME`.\n");
          return;
        }
        const table = new Table({
          head: ["id", "name", "scopes", "created", "revoked"],
          style: { head: [], border: [] },
        });
        for (const { id, name, scopes, createdAt, revokedAt } of records) {
          table.push([id, name, scopes.join(" "), createdAt.toISOString(), revokedAt?.toISOString() ?? ""]);
        }
        stdout.write(`${table}\n`);
      } finally {
        await app.close();
      }
    });
}

function addRevoke(keys: Command, cli: () => Cli): void {
  keys
    .command("revoke")
    .description("revoke a key: running servers refuse it within a second")
    .argument("<ID>", "the key's id, as `medoid keys list` prints it")
    .action(async (given: string) => {
      const { open, stdout } = cli();
      const app = await open();
      try {
        const id = parseUuid(given);
        if (id === null || !(await revokeApiKey(app.database.prisma, id))) {
          throw new CommandError(`No key has the id ${given}.`);
        }
        stdout.write(`Revoked ${id}.\n`);
      } finally {
        await app.close();
      }
    });
}

function scopeList(text: string): Scope[] {
  const given = new Set(text.split(/[\s,]+/).filter(Boolean));
  const known = scopes.filter((scope) => given.delete(scope));
  if (known.length === 0 || given.size > 0) {
    throw new InvalidArgumentError(`It must be ${scopes.join(", ")}, or ${scopes.join(",")}.`);
  }
  return known;
}
