/**
 * The built file of a sibling module. A worker thread runs JavaScript only, so where the parent is a
 * source file (under a test runner that reads TypeScript), the path is mapped from src to dist.
 *
 * @param parent `import.meta.url` of the module that asks
 * @param file relative to it, as it is named when built: "./x.js"
 */
export function builtModule(parent: string, file: string): URL {
  const url = new URL(file, parent);
  if (!parent.split("?")[0].endsWith(".ts")) return url;
  const at = url.pathname.lastIndexOf("/src/");
  url.pathname = `${url.pathname.slice(0, at)}/dist/${url.pathname.slice(at + "/src/".length)}`;
  return url;
}
