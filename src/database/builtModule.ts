/** The compiled file of a module, for a worker thread: threads run JavaScript also where tests import the sources. */
export function builtModule(parentUrl: string, relative: string): URL {
  const url = new URL(relative, parentUrl);
  if (parentUrl.endsWith(".ts")) url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, "/dist/");
  return url;
}
