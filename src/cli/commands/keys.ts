import Table from "cli-table3";
import { type Command, InvalidArgumentError } from "commander";
import { parseUuid } from "../../resolvers/globalId.js";
import { type Scope, scopes } from "../../server/access/apiKey.js";
import { createApiKey, listApiKeys, revokeApiKey } from "../../server/access/apiKeys.js";
import type { Cli } from "../cli.js";
import { printable } from "../output/printable.js";
import { ArgumentError, CommandError } from "../process.js";

export function addKeysCommand(program: Command, cli: () => Cli): void {
  const keys = program
    .command("keys")
    .description("create, list and revoke API keys; once a key exists, every request needs one");
  addCreate(keys, cli);
  addList(keys, cli);
  addRevoke(keys, cli);
}

function addCreate(keys: Command, cli: () => Cli): void {
  keys
    .command("create")
    .description("create a key and print it; it cannot be shown again")
    .argument("<NAME>", "a name that says what the key is for")
    .option("--scopes <list>", "what the key allows: read, write, or both separated by a comma", scopeList, [
      "read",
    ] as Scope[])
    .option("--json", "print the key and its record as JSON")
    .action(async (name: string, options: { scopes: Scope[]; json?: boolean }) => {
      const { open, stdout, stderr, command } = cli();
      if (name.trim() === "") throw new ArgumentError("NAME must not be empty.");
      if (name.includes("\ufffd")) {
        // Node has replaced the bytes of the argument that are not UTF-8.
        throw new ArgumentError("NAME must be UTF-8; it contains bytes that are not, or U+FFFD.");
      }
      const app = await open({}, { creates: true });
      try {
        const { key, record } = await createApiKey(app.database.prisma, { name, scopes: options.scopes });
        if (options.json) {
          stdout.write(`${JSON.stringify({ key, ...record }, null, 2)}\n`);
          return;
        }
        stdout.write(`${key}\n`);
        stderr.write(
          `Store the key: it cannot be shown again. It allows ${record.scopes.join(" and ")}. To revoke it: \`${command("keys", "revoke", record.id)}\`.\n`,
        );
      } finally {
        await app.close();
      }
    });
}

function addList(keys: Command, cli: () => Cli): void {
  keys
    .command("list")
    .description("list all keys, including revoked ones, without their secrets")
    .option("--json", "print the keys' records as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const { open, stdout, command } = cli();
      const app = await open();
      try {
        const records = await listApiKeys(app.database.prisma);
        if (json) {
          stdout.write(`${JSON.stringify(records, null, 2)}\n`);
          return;
        }
        if (records.length === 0) {
          stdout.write(`There are no keys. Create one with \`${command("keys", "create", "NAME")}\`.\n`);
          return;
        }
        const table = new Table({
          head: ["id", "name", "scopes", "created", "revoked"],
          style: { head: [], border: [] },
        });
        for (const { id, name, scopes, createdAt, revokedAt } of records) {
          table.push([
            id,
            printable(name),
            scopes.join(" "),
            createdAt.toISOString(),
            revokedAt?.toISOString() ?? "",
          ]);
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
    .description("revoke a key; running servers refuse it within a second")
    .argument("<ID>", "the key's id, as printed by `medoid keys list`")
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
