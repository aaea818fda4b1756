import { execFile } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";

const checkout = new URL("../../", import.meta.url);

/** A project in a folder of its own, outside the checkout. */
export interface ClientProject {
  readonly folder: string;
  /** The file of trusted documents that its build writes for a server. */
  readonly documents: string;
  /** Runs a command in its folder. @returns what the command prints on standard output */
  run(command: string, args: string[], environment?: Record<string, string>): Promise<string>;
  remove(): void;
}

/**
 * The reason why a project cannot be installed: a program that it needs is missing, or its registry cannot be reached.
 */
export class CannotInstall extends Error {}

/** @param path of the project in the checkout */
function copied(path: string): ClientProject {
  const folder = mkdtempSync(join(tmpdir(), `medoid-client-${basename(path)}-`));
  const isInstalled = (file: string) => basename(file) === "node_modules";
  cpSync(new URL(path, checkout), folder, { recursive: true, filter: (file) => !isInstalled(file) });
  const programs = join(folder, ".venv", "bin");
  const environment = {
    ...process.env,
    NODE_ENV: "development", // without Vitest's variables: the clients' warnings are part of what they report
    PATH: [programs, process.env.PATH].join(delimiter),
  };
  return {
    folder,
    documents: join(folder, "persisted-documents.json"),
    async run(command, args, more = {}) {
      const options = { cwd: folder, env: { ...environment, ...more }, maxBuffer: 1e8 };
      return (await promisify(execFile)(command, args, options)).stdout;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

async function possible(attempt: Promise<unknown>, otherwise: string): Promise<void> {
  await attempt.catch((error) => {
    throw new CannotInstall(otherwise, { cause: error });
  });
}

/** @throws CannotInstall if the npm registry cannot be reached */
async function reachNpm({ run }: ClientProject): Promise<void> {
  const once = ["--fetch-retries=0", "--fetch-timeout=20000"];
  await possible(run("npm", ["view", "graphql", "version", ...once]), "the npm registry is not reached");
}

/** Installs the npm packages that package.json names, with the same Node and without install scripts. */
async function installFromNpm(project: ClientProject): Promise<void> {
  const { run } = project;
  await reachNpm(project);
  await run("npm", ["install", "--ignore-scripts", "--engine-strict", "--no-audit", "--no-fund"]);
}

/** Installs the PyPI packages that requirements.txt names, in the project's own virtual environment. */
async function installFromPyPI({ run }: ClientProject): Promise<void> {
  await possible(run("python3", ["-m", "venv", ".venv"]), "there is no Python 3 with venv");
  const probe = ["download", "--no-deps", "--retries=0", "--timeout=20", "--dest=.probe", "sgqlc==18"];
  await possible(run("pip", probe), "PyPI is not reached");
  await run("pip", ["install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"]);
}

const isNode = ({ folder }: ClientProject) => existsSync(join(folder, "package.json"));

async function ready(project: ClientProject, prepare: (project: ClientProject) => Promise<void>) {
  try {
    await prepare(project);
    return project;
  } catch (error) {
    project.remove();
    throw error;
  }
}

/** Copies a project of test/clients/projects, and installs what it needs. @throws CannotInstall */
export function installProject(name: string): Promise<ClientProject> {
  return ready(copied(`test/clients/projects/${name}`), async (project) => {
    copyFileSync(new URL("schema.graphql", checkout), join(project.folder, "schema.graphql"));
    await (isNode(project) ? installFromNpm(project) : installFromPyPI(project));
  });
}

/** Copies one of examples/, which installs what it needs itself. @throws CannotInstall if it cannot */
export function copyExample(name: string): Promise<ClientProject> {
  return ready(copied(`examples/${name}`), async (project) => {
    if (isNode(project)) await reachNpm(project);
    else await possible(project.run("python3", ["--version"]), "there is no Python 3");
  });
}
