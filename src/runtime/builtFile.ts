/**
 * The URL of a built file that belongs beside a module. If the module is run from its source file (under a
 * test runner that reads TypeScript), the URL is mapped from src to dist.
 *
 * @param file such as `new URL("./x.wasm", import.meta.url)`, which bundlers recognise
 * @param parent `import.meta.url` of the module
 */
export function builtFile(file: URL, parent: string): URL {
  if (!parent.split("?")[0].endsWith(".ts")) return file;
  const built = new URL(file);
  const at = built.pathname.lastIndexOf("/src/");
  built.pathname = `${built.pathname.slice(0, at)}/dist/${built.pathname.slice(at + "/src/".length)}`;
  return built;
}
