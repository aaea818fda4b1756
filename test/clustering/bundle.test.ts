import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "medoid-bundle-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const program = `
import { hdbscan } from "medoid/clustering";
const data = Float32Array.from({ length: 40 }, (_, at) => (at % 4 < 2 ? 0 : 9) + at / 100);
const { sizes, medoids } = await hdbscan({ data, dimensions: 2 }, { threads: 2 });
console.log(JSON.stringify({ sizes: [...sizes], medoids: medoids.length, at: import.meta.url }));
`;

it("a program that is bundled by esbuild finds the engine's thread and kernel beside it, in a folder of its own", async () => {
  const project = join(scratch, "project");
  mkdirSync(join(project, "node_modules"), { recursive: true });
  symlinkSync(root, join(project, "node_modules", "medoid"), "dir");
  writeFileSync(join(project, "program.js"), program);

  const [recipe] = /import \{ build \} from "esbuild";.*?(?=```)/s.exec(
    readFileSync(join(root, "docs/engine.md"), "utf8"),
  )!;
  symlinkSync(join(root, "node_modules", "esbuild"), join(project, "node_modules", "esbuild"), "dir");
  writeFileSync(join(project, "build.mjs"), recipe);
  execFileSync(process.execPath, ["build.mjs"], { cwd: project });
  const elsewhere = join(scratch, "elsewhere");
  cpSync(join(project, "built"), elsewhere, { recursive: true });
  rmSync(project, { recursive: true });

  expect(readdirSync(elsewhere).sort()).toEqual(["clusteringThread.bundle.js", "kernel.wasm", "program.js"]);
  writeFileSync(join(elsewhere, "package.json"), JSON.stringify({ type: "module" }));
  const printed = execFileSync(process.execPath, [join(elsewhere, "program.js")], {
    cwd: tmpdir(),
    encoding: "utf8",
  });
  expect(JSON.parse(printed)).toMatchObject({
    sizes: [10, 10],
    medoids: 2,
    at: expect.stringContaining("elsewhere"),
  });
});

it("both files are named in the form that webpack and Vite recognise", () => {
  const built = (file: string) => readFileSync(join(root, "dist/clustering", file), "utf8");
  expect(built("threadPool.js")).toContain('new URL("./clusteringThread.bundle.js", import.meta.url)');
  expect(built("kernel/kernel.js")).toContain('new URL("./kernel.wasm", import.meta.url)');
});
