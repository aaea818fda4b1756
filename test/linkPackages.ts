import { spawnSync } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The packages that `npm ci --omit=dev` installs. */
export function linkPackages(to: string): void {
  const listed = spawnSync("npm", ["ls", "--omit=dev", "--all", "--parseable"], {
    cwd: root,
    encoding: "utf8",
  });
  const modules = join(root, "node_modules");
  const folders = listed.stdout.split("\n").filter((line) => line.startsWith(modules));
  if (folders.length === 0) throw new Error(`npm lists no packages: ${listed.stderr}`);
  for (const folder of folders) linkFolder(folder, join(to, relative(modules, folder)));
}

/**
 * Hard links, because Node resolves a module's imports from the real location of its file: a symbolic link would lead
 * out of the image.
 */
function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue; // its packages are listed separately
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFolder(source, target);
    else if (entry.isFile()) linkFile(source, target);
  }
}

function linkFile(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    copyFileSync(source, target);
  }
}
