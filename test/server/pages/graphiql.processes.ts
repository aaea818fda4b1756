import { type Browser, chromium, type Page, type Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadSample } from "../../../src/import/sample/loadSample.js";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import { createServer, type MedoidServer } from "../../../src/server/server.js";
import { readSettings } from "../../../src/settings.js";
import { openTemporaryApp, type TemporaryApp } from "../../temporaryApp.js";
import { findChromium } from "./chromium.js";

// GraphiQL's page as a person uses it: in a browser, by its tabs and its play button.

const executablePath = findChromium();
/** Beside a whole suite, a browser is slow. */
const patience = { timeout: 60_000, interval: 100 };
const testMilliseconds = 240_000;
/** A click while GraphiQL still sets up an editor, or has yet to read the query of a tab just opened, is lost. */
const pressMilliseconds = 3_000;
/** How long the mouse's button is held down on a tab: GraphiQL stores what is typed some tens of milliseconds later. */
const pressesMilliseconds = [0, 40, 120];

describe.skipIf(!executablePath)("GraphiQL in Chromium", { timeout: testMilliseconds }, () => {
  let browser: Browser;
  let temporary: TemporaryApp;
  let server: MedoidServer;
  let address: string;
  let page: Page;
  /** The errors that the browser reported: of the page, or of anything that the page loads. */
  let complaints: string[];
  /** The requests that the page sent to any other server. */
  let foreign: string[];

  beforeAll(async () => {
    // /dev/shm is small in containers.
    const options = { executablePath, args: ["--disable-dev-shm-usage"], timeout: patience.timeout };
    browser = await chromium.launch(options);
  }, testMilliseconds);
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page?.context().close();
    await server.stop(0);
    await temporary.close();
  });

  /** A server that does not compute itself, so that the test decides when a clustering progresses. */
  async function serve(environment: Record<string, string> = {}) {
    temporary = await openTemporaryApp({ settings: readSettings(environment) });
    await temporary.app.queue.start({ computes: false });
    server = createServer(temporary.app);
    address = await server.listen(0, "127.0.0.1");
  }

  /** Computes what is queued, as another process on the same database would. */
  async function computeAlso() {
    const worker = await temporary.openAnother();
    await worker.queue.start();
  }

  async function ask(query: string) {
    const response = await fetch(`${address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = await response.json();
    expect(errors).toBeUndefined();
    return data;
  }

  async function openPage() {
    const context = await browser.newContext({ viewport: { width: 1600, height: 1200 } });
    context.setDefaultTimeout(patience.timeout);
    page = await context.newPage();
    complaints = [];
    foreign = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => {
      if (!request.failure()?.errorText.includes("ERR_ABORTED")) complaints.push(`${request.url()} failed`);
    });
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== address && protocol !== "data:") foreign.push(request.url());
    });
    await page.goto(`${address}/graphql`);
    await page.locator(".graphiql-tab-button").first().waitFor();
  }

  const tabs = () => page.locator(".graphiql-tab-button").allInnerTexts();

  /** The lines that an editor shows, from the top, without spaces: it wraps lines, and has them in any order. */
  async function shown(editor: string): Promise<string> {
    const lines = await page.locator(`${editor} .view-line`).evaluateAll((found) =>
      found
        .map((line) => ({ top: Number.parseFloat((line as HTMLElement).style.top), text: line.textContent }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text),
    );
    return lines.join("").replace(/\s/g, "");
  }
  const query = () => shown(".graphiql-query-editor");
  const variablesEditor = '[aria-label="Variables"] .graphiql-editor:not(.hidden)';
  const headersEditor = '[aria-label="Headers"] .graphiql-editor:not(.hidden)';
  const response = () => shown(".result-window");
  const button = () => page.locator(".graphiql-execute-button").getAttribute("aria-label");

  async function turnTo(name: string, delay = 0) {
    await page.locator(".graphiql-tab-button", { hasText: name }).click({ delay });
    await expect.poll(query, patience).toMatch(new RegExp(`(query|mutation|subscription)${name}\\b`));
  }

  /** Opens the page for the first time: there is no response yet. */
  async function openTab(name: string) {
    await turnTo(name);
    await expect.poll(response, patience).toBe("");
  }

  /** The underlined parts of the open tab's operation and variables. */
  const underlined = () => page.locator(".squiggly-error, .squiggly-warning").count();

  /** Presses the button. @returns the request that it sends for the open tab */
  async function play(name: string): Promise<Request> {
    const operation = new RegExp(`\\b(query|mutation|subscription) ${name}\\b`);
    const isSent = (request: Request) => operation.test(request.postData() ?? "");
    const giveUpAt = Date.now() + patience.timeout;
    for (;;) {
      const sent = page.waitForRequest(isSent, { timeout: pressMilliseconds }).catch(() => undefined);
      if ((await button())?.startsWith("Execute")) await page.locator(".graphiql-execute-button").click();
      const request = await sent;
      if (request) return request;
      if (Date.now() > giveUpAt) throw new Error(`${name} was not sent. The pane: ${await response()}`);
    }
  }

  async function type(editor: string, text: string) {
    await page.locator(`${editor} .view-lines`).click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.insertText(text);
    // The editor has closed a brace by itself.
    await page.keyboard.press("ControlOrMeta+Shift+End");
    await page.keyboard.press("Delete");
    await expect.poll(() => shown(editor), patience).toBe(text.replace(/\s/g, ""));
  }

  /** Runs the open tab unchanged, and waits for its response in the pane. @returns all of its data */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into responses as they please
  async function runOpened(name: string): Promise<any> {
    const httpResponse = (await (await play(name)).response())!;
    expect(httpResponse.status()).toBe(200);
    const json = await httpResponse.json();
    expect(json.errors).toBeUndefined();
    const whole = JSON.stringify(json).replace(/\s/g, "");
    await expect.poll(response, patience).toMatch(/^\{"data":\{/);
    await expect.poll(button, patience).toMatch(/^Execute/);
    await expect.poll(underlined, patience).toBe(0); // the editor checks it again once it has the schema
    // The pane shows as much of it as fits.
    const seen = (await response()).slice(0, 300);
    expect(whole.slice(0, seen.length)).toBe(seen);
    return json.data;
  }

  async function run(name: string) {
    await openTab(name);
    return runOpened(name);
  }

  test("runs every tab unchanged, on the sample, and watches a clustering to its end", async () => {
    await serve();
    await loadSample(temporary.app);
    const first = await ask(
      'mutation { clusterEmbeddings(input: { embeddingModel: "UniversalSentenceEncoder" }) { ... on ClusteringResult { id } } }',
    );
    const worker = await temporary.openAnother();
    await worker.queue.start();
    const status = async () =>
      (await ask(`{ clusteringResult(id: "${first.clusterEmbeddings.id}") { status } }`)).clusteringResult
        .status;
    await expect.poll(status, patience).toBe("SUCCEEDED");
    await worker.queue.stop();

    await openPage();
    expect(await tabs()).toEqual(["Walk", "Start", "Watch", "Path"]);

    const walk = await run("Walk");
    expect(walk.clusteringResult).toMatchObject({ status: "SUCCEEDED", clusterCount: 47 });
    expect(walk.clusteringResult.clusters.edges[0].node.medoidInvocation.run.initialPrompt).toBeTruthy();

    const { clusterEmbeddings: started } = await run("Start");
    expect(started).toMatchObject({ __typename: "ClusteringResult", status: "QUEUED" });
    expect(started.id).not.toBe(first.clusterEmbeddings.id);

    await openTab("Watch"); // it has taken the id that Start returned
    await expect.poll(() => shown(variablesEditor), patience).toBe(JSON.stringify({ id: started.id }));
    await play("Watch");
    await expect.poll(response, patience).toContain('"status":"QUEUED"');
    expect(await button()).toMatch(/^Stop/);
    await computeAlso();
    await expect.poll(response, patience).toContain('"status":"SUCCEEDED"');
    await expect.poll(button, patience).toMatch(/^Execute/);
    const end = await response();
    expect(end).toMatch(/^\{"data":\{"clusteringProgress":\{/);
    expect(end).toContain('"progress":1,"clusterCount":47,');
    expect(end).not.toContain('"errors"');

    for (const press of pressesMilliseconds) {
      await turnTo("Start");
      const { data: again } = await (await (await play("Start")).response())!.json();
      await expect.poll(response, patience).toContain(again.clusterEmbeddings.id);
      await turnTo("Watch", press);
      await expect
        .poll(() => shown(variablesEditor), patience)
        .toBe(JSON.stringify({ id: again.clusterEmbeddings.id }));
    }
    await type(variablesEditor, JSON.stringify({ id: started.id })); // what a person wrote is not overwritten
    const saved = () => page.evaluate(() => localStorage.getItem("graphiql:tabState"));
    await expect.poll(saved, patience).toContain(started.id); // GraphiQL saves a tab a moment after it was changed
    await turnTo("Walk");
    await turnTo("Watch");
    expect(await shown(variablesEditor)).toBe(JSON.stringify({ id: started.id }));
    await expect.poll(underlined, patience).toBe(0); // the editor checks it again once it has the schema

    const { run: path } = await run("Path");
    const nodes = path.clusterPath.edges.map(({ node }: { node: object }) => node);
    expect(nodes.some(({ isMedoid }: { isMedoid: boolean }) => isMedoid)).toBe(true);
    await type(variablesEditor, '{"runs":1}'); // errors are underlined
    await expect.poll(underlined, patience).toBeGreaterThan(0);

    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test("shows the image of a URL in a response", async () => {
    await serve();
    await loadSample(temporary.app);
    const { runs } = await ask(
      "{ runs(first: 1) { edges { node { invocations { edges { node { id type outputImageUrl } } } } } } }",
    );
    const invocations = runs.edges[0].node.invocations.edges.map(
      ({ node }: { node: { type: string } }) => node,
    );
    const { id, outputImageUrl } = invocations.find(({ type }: { type: string }) => type === "IMAGE");
    const tab = {
      query: "query Image($id: ID!) { invocation(id: $id) { outputImageUrl } }",
      variables: JSON.stringify({ id }),
    };
    await server.stop(0);
    // The server's own name is a different one: the page requests the image from the host of the page.
    server = createServer(temporary.app, {
      baseUrl: "https://medoid.example",
      defaultTabs: async () => [tab],
    });
    address = await server.listen(0, "127.0.0.1");
    await openPage();
    const { invocation } = await runOpened("Image");
    expect(invocation.outputImageUrl).toBe(`https://medoid.example${new URL(outputImageUrl).pathname}`);
    await page.locator(".result-window .view-line", { hasText: "medoid.example" }).hover();
    const image = page.locator(".monaco-hover img");
    await expect
      .poll(() => image.evaluate((img) => (img as HTMLImageElement).naturalWidth), patience)
      .toBeGreaterThan(0);
    expect(await image.getAttribute("src")).toBe(address + new URL(outputImageUrl).pathname);
    await expect
      .poll(() => image.evaluate((img) => img.getBoundingClientRect().height), patience)
      .toBeGreaterThan(100);
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test("runs every tab unchanged, on an empty database", async () => {
    await serve();
    await openPage();
    expect(await tabs()).toEqual(["Results", "Recorded"]);
    expect(await run("Results")).toEqual({ clusteringResults: { totalCount: 0, edges: [] } });
    expect(await run("Recorded")).toEqual({ runs: { totalCount: 0 }, embeddingModels: [] });
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
  });

  test("asks for a key if one is required, and has a field for it", async () => {
    await serve({ MEDOID_REQUIRE_KEYS: "on" });
    const given = { name: "browser", scopes: ["read" as const] };
    const { key } = await createApiKey(temporary.app.database.prisma, given);
    await openPage();
    expect(await tabs()).toEqual(["Results", "Walk", "Start", "Watch", "Path"]);
    await page.getByRole("button", { name: "Headers", exact: true }).click();
    await type(headersEditor, JSON.stringify({ Authorization: `Bearer ${key}` }));
    expect(await runOpened("Results")).toEqual({ clusteringResults: { totalCount: 0, edges: [] } });
    // The page requests the schema before it can have a key: only that request is refused.
    for (const complaint of complaints) expect(complaint).toMatch(/status of 401/);
    expect(foreign).toEqual([]);
  });
});
