import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { compileFunction } from "node:vm";
import { gzip } from "node:zlib";
import { explorerPolicy } from "../browsers/safeHeaders.js";
import { contentEncodingFor, sendText } from "../contentEncoding.js";
import { imagesOnHover, watchWhatStarted } from "./graphiqlEditors.js";
import type { GraphiqlTab } from "./graphiqlTabs.js";

/**
 * Matches the path of GraphiQL's script, which is served apart from the page so that the browser caches it.
 */
export const scriptPath = /^\/graphiql\/[\w-]+\.js$/;

interface Script {
  /** The path relative to the page, because a proxy may serve both below a path. */
  path: string;
  plain: Buffer;
  compressed: Buffer;
  css: string;
  favicon: string;
}

let source: Promise<Buffer> | undefined;
let prepared: Promise<Script> | undefined;

/**
 * Reads GraphiQL as Yoga bundles it, 9 MB, so that it can be served even if the file is removed or replaced
 * later. Must be called when a server starts.
 */
export async function readGraphiql(): Promise<void> {
  if (!prepared) await readSource();
}

function readSource(): Promise<Buffer> {
  source ??= readFile(createRequire(import.meta.url).resolve("@graphql-yoga/render-graphiql/graphiql"));
  return source;
}

/** Extracts and compresses the script once, when the first page is requested. */
function script(): Promise<Script> {
  prepared ??= prepare().catch((error) => {
    source = undefined;
    prepared = undefined; // the next request tries again
    throw error;
  });
  return prepared;
}

type Graphiql = typeof import("@graphql-yoga/render-graphiql/graphiql");

async function prepare(): Promise<Script> {
  const graphiql = {} as Graphiql;
  compileFunction(String(await readSource()), ["exports"])(graphiql);
  source = undefined;
  const { css, favicon, js, editorWorkerService, jsonWorker, graphqlWorker } = graphiql;
  const workers = { editorWorkerService, json: jsonWorker, graphql: graphqlWorker };
  const plain = Buffer.from(`(() => {
  const workers = ${JSON.stringify(workers)};
  const addresses = {};
  self.MonacoEnvironment = {
    globalAPI: true, // graphiqlEditors.ts uses it
    getWorkerUrl: (_, label) =>
      (addresses[label] ??= URL.createObjectURL(new Blob([workers[label]], { type: "application/javascript" }))),
  };
})();
${js};
`);
  const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 16);
  return { path: `graphiql/${hash}.js`, plain, compressed: await promisify(gzip)(plain), css, favicon };
}

export async function serveGraphiqlScript(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { plain, compressed } = await script();
  const compress = contentEncodingFor(request, ["gzip"]) !== null;
  response.appendHeader("Vary", "Accept-Encoding");
  response.writeHead(200, {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "public, max-age=31536000, immutable",
    ...(compress && { "Content-Encoding": "gzip" }),
  });
  response.end(compress ? compressed : plain);
}

/** Serves GraphiQL's page, which loads nothing from any other server. */
export async function serveGraphiqlPage(
  tabs: GraphiqlTab[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { path, css, favicon } = await script();
  const options = {
    title: "Medoid",
    defaultTabs: tabs,
    // These are for the first tab, whose own headers GraphiQL ignores, as it does its own variables.
    headers: tabs[0]?.headers,
    subscriptionsProtocol: "SSE",
    method: "POST", // for subscriptions, too: a server may refuse GET requests
  };
  const start = `
      (() => {
        const options = ${inScript(options)};
        ${tabState}
        ${pressedTabs}
        ${watchWhatStarted}
        ${imagesOnHover}
        YogaGraphiQL.renderYogaGraphiQL(document.querySelector("#root"), options);
      })();
    `;
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Medoid</title>
    <link rel="icon" href="${favicon}" />
    <style>${css}</style>
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>You need to enable JavaScript to run this app.</noscript>
    <div id="root"></div>
    <script src="${path}"></script>
    <script>${start}</script>
  </body>
</html>
`;
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": explorerPolicy(createHash("sha256").update(start).digest("base64")),
  };
  return sendText(request, response, headers, page);
}

/**
 * Replaces the tabs that GraphiQL has stored in the browser, because of which it would ignore those of the
 * page. Stored tabs that the user has not changed are removed when the page has newer ones, because their
 * variables may contain ids that no longer exist. GraphiQL also ignores the variables of the first tab that a
 * page gives, unless they are given once more as an option. An operation that the address contains with its variables,
 * as links of Medoid's page do, becomes the first tab.
 */
const tabState = `try {
          const { searchParams } = new URL(location);
          if (searchParams.has("query") && searchParams.has("variables")) {
            const [query, variables] = [searchParams.get("query"), searchParams.get("variables")];
            options.defaultTabs.unshift({ query, variables, headers: options.headers });
            options.variables = variables;
          }
          const essence = (tabs) => JSON.stringify(tabs.map((tab) => [tab.query, tab.variables]));
          const given = "medoid:givenTabs";
          const kept = JSON.parse(localStorage.getItem("graphiql:tabState") ?? "null");
          const linked = searchParams.get("query");
          const unchanged = !kept || essence(kept.tabs) === localStorage.getItem(given);
          if (unchanged && (!linked || kept?.tabs.some((tab) => tab.query === linked))) {
            for (const key of ["tabState", "query", "variables"]) localStorage.removeItem("graphiql:" + key);
            history.replaceState({}, "", location.pathname);
            localStorage.setItem(given, essence(options.defaultTabs));
            options.variables = options.defaultTabs[0].variables;
          }
        } catch {}`;

/**
 * Opens a tab as soon as it is pressed. GraphiQL's tabs can be dragged into another order, and a tab moves
 * aside when it is pressed, since a drag may begin, so that every second click would miss it. The click at
 * the end of the press would open the tab again, with the variables that were stored last, so it is
 * suppressed. (A click by keyboard or script has the detail 0.)
 */
const pressedTabs = `const tabAt = ({ target }) => target.closest?.(".graphiql-tab-button");
        addEventListener("pointerdown", (event) => {
          if (event.button === 0) tabAt(event)?.click();
        }, true);
        addEventListener("click", (event) => {
          if (event.isTrusted && event.detail > 0 && tabAt(event)) event.stopImmediatePropagation();
        }, true);`;

/** Serialises a value as JSON that is safe in a script of an HTML page. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replace(/</g, "\\u003c");
}
