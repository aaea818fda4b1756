import { existsSync } from "node:fs";
import type { Command } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ListenOptions } from "../../src/cli/options/listen.js";
import { createProgram } from "../../src/cli/program.js";
import { databaseKindOf } from "../../src/database/databaseUrl.js";
import { isLoopback } from "../../src/server/access/clientAddress.js";
import { readSettings, settingDefinitions } from "../../src/settings.js";
import { composeText, readComposeFile, type Service } from "./composeFile.js";
import { environmentOf, readDockerfile, textOf } from "./dockerfile.js";

const root = (path: string) => new URL(`../../${path}`, import.meta.url).pathname;
const password = "a-password";
const text = composeText();
const compose = readComposeFile(text, { POSTGRES_PASSWORD: password });
const services = Object.entries(compose.services);
const ofMedoid = services.filter(([, { image }]) => image === "medoid");
const image = readDockerfile(root("Dockerfile")).at(-1)!;
const imagePort = Number(textOf(image, "EXPOSE"));

/** The keys of Compose that this file uses: a key that is not listed is a mistake. */
const known = {
  compose: ["services", "volumes", "x-medoid"],
  service: [
    ...["image", "build", "restart", "stop_grace_period", "environment", "depends_on", "command", "ports"],
    ...["deploy", "healthcheck", "shm_size", "volumes"],
  ],
};

interface Parsed {
  command: Command;
  options: ListenOptions & { worker?: boolean };
}

/** How the command line parses a service's command, in its environment. @throws for unknown options */
async function parsed({
  command: args,
  environment,
}: Pick<Service, "command" | "environment">): Promise<Parsed> {
  for (const [name, value] of Object.entries({ ...environmentOf(image), ...environment })) {
    vi.stubEnv(name, value);
  }
  const program = createProgram(new AbortController().signal);
  let called: Command | undefined;
  const commands = [program];
  for (const command of commands) {
    commands.push(...command.commands);
    command.exitOverride().configureOutput({ writeErr: () => {} });
    if (command.commands.length === 0)
      command.action(() => {
        called = command;
      });
  }
  await program.parseAsync(args, { from: "user" });
  if (!called) throw new Error(`No command is called by ${args.join(" ")}`);
  return { command: called, options: called.optsWithGlobals() };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("compose.yaml", () => {
  test("describes PostgreSQL, two servers and two workers", () => {
    const counts = services.map(([name, { deploy }]) => [name, deploy?.replicas ?? 1]);
    expect(Object.fromEntries(counts)).toEqual({ postgres: 1, server: 2, worker: 2 });
    expect(ofMedoid.map(([, { command }]) => command[0])).toEqual(["serve", "worker"]);
  });

  test("has no keys that Compose does not know", () => {
    expect(Object.keys(compose).filter((word) => !known.compose.includes(word))).toEqual([]);
    for (const [name, service] of services) {
      expect(
        Object.keys(service).filter((word) => !known.service.includes(word)),
        name,
      ).toEqual([]);
    }
  });

  test("requires the database's password", () => {
    expect(() => readComposeFile(text, {})).toThrow("POSTGRES_PASSWORD is not set");
  });

  test.each(ofMedoid)(
    "%s: the command line accepts its command, and an unknown option would be refused",
    async (_, service) => {
      const { command } = await parsed(service);
      expect(command.name()).toBe(service.command[0]);
      const wrong = { ...service, command: [...service.command, "--no-such-option"] };
      await expect(parsed(wrong)).rejects.toThrow(/unknown option/);
    },
  );

  test.each(ofMedoid)(
    "%s: each variable is a setting or an option, and has a valid value",
    async (_, service) => {
      const { command } = await parsed(service); // reads the options' variables, too
      const variables = [
        ...Object.values(settingDefinitions).map(({ variable }) => variable),
        ...[command, command.parent!].flatMap(({ options }) => options.flatMap(({ envVar }) => envVar ?? [])),
      ];
      expect(Object.keys(service.environment).filter((name) => !variables.includes(name))).toEqual([]);
      readSettings(service.environment);
    },
  );

  test.each(ofMedoid)(
    "%s: what others can reach requires keys, and what is published can be reached",
    async (_, service) => {
      const { options } = await parsed(service);
      const { requireKeys } = readSettings(service.environment);
      const isOpen = !isLoopback(options.host);
      expect(isOpen && !requireKeys).toBe(false);
      expect(options.insecure ?? false).toBe(false);
      expect(service.ports !== undefined).toBe(isOpen);
      // The image's health check connects to it there.
      expect(options.port).toBe(imagePort);
    },
  );

  test("servers do not compute, and each has a port that only this machine can reach", async () => {
    const { server } = compose.services;
    const { options } = await parsed(server);
    expect(options.worker).toBe(false);
    const [, host, first, last, target] = /^([\d.]+):(\d+)-(\d+):(\d+)$/.exec(server.ports!.join()) ?? [];
    expect(isLoopback(host)).toBe(true);
    expect(Number(last) - Number(first) + 1).toBe(server.deploy!.replicas);
    expect(Number(target)).toBe(options.port);
    for (const port of [first, last])
      expect(text).toMatch(new RegExp(`^# .*http://127\\.0\\.0\\.1:${port}\\b`, "m"));
  });

  test.each(ofMedoid)("%s: is given more time to stop than it needs", (_, service) => {
    const { unreadySeconds, stopSeconds } = readSettings(service.environment);
    const [, seconds] = /^(\d+)s$/.exec(service.stop_grace_period!) ?? [];
    expect(Number(seconds)).toBeGreaterThan(unreadySeconds + stopSeconds);
  });

  test.each(ofMedoid)(
    "%s: is built here, and waits for a service that reports when it is healthy",
    (_, service) => {
      expect(existsSync(root(`${service.build}/Dockerfile`))).toBe(true);
      const needed = Object.entries(service.depends_on!);
      expect(needed.map(([name]) => name)).toEqual(["postgres"]);
      for (const [name, { condition }] of needed) {
        expect(condition).toBe("service_healthy");
        expect(compose.services[name].healthcheck?.test).toBeDefined();
      }
    },
  );

  test.each(ofMedoid)("%s: finds the database that PostgreSQL creates", (_, { environment }) => {
    const { DATABASE_URL } = environment;
    expect(databaseKindOf(DATABASE_URL)).toBe("postgresql");
    const url = new URL(DATABASE_URL);
    expect(Object.keys(compose.services)).toContain(url.hostname);
    const postgres = compose.services[url.hostname];
    expect({
      POSTGRES_USER: url.username,
      POSTGRES_PASSWORD: url.password,
      POSTGRES_DB: url.pathname.slice(1),
    }).toEqual(postgres.environment);
    const [kind, program, ...options] = postgres.healthcheck!.test;
    expect([kind, program]).toEqual(["CMD", "pg_isready"]);
    expect(options).toContain(`--username=${url.username}`);
    expect(options).toContain(`--dbname=${url.pathname.slice(1)}`);
  });

  test("keeps PostgreSQL's data in a declared volume", () => {
    const [, major] = /^postgres:(\d+)-/.exec(compose.services.postgres.image!) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(15);
    expect(Number(major)).toBeLessThan(18); // from 18 on the image stores its data elsewhere
    expect(compose.services.postgres.volumes).toEqual(["postgres:/var/lib/postgresql/data"]);
    expect(Object.keys(compose.volumes)).toEqual(["postgres"]);
  });

  test("the command for creating a key in its first comment is a valid one", async () => {
    const [, name, line] = /^# +docker compose run --rm (\S+) (.+)$/m.exec(text) ?? [];
    const { command, options } = await parsed({ ...compose.services[name], command: line.split(" ") });
    expect(command.name()).toBe("create");
    expect(command.args).toEqual(["NAME"]);
    expect(options).toMatchObject({ databaseUrl: compose.services[name].environment.DATABASE_URL });
  });
});
