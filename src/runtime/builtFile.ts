/**
 * A file beside a module, as it is when built. Where the module is a source file (under a test runner that reads
 * TypeScript), the path is mapped from src to dist.
 *
 * @param file such as `new URL("./x.wasm", import.meta.url)`, which bundlers recognise
 * @param parent `import.meta.url` of that module
 */
export function builtFile(file: URL, parent: string): URL {
  if (!parent.split("?")[0].endsWith(".ts")) return file;
  const built = new URL(file);
  const at = built.pathname.lastIndexOf("/src/");
  built.pathname = `${built.pathname.slice(0, at)}/dist/${built.pathname.slice(at + "/src/".length)}`;
  return built;
}
