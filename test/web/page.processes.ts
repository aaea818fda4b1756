import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page, type Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { loadSample } from "../../src/import/sample/loadSample.js";
import { createApiKey } from "../../src/server/access/apiKeys.js";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { findChromium } from "../server/pages/chromium.js";
import { groupedRows, openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { accessibilityFaults } from "./accessibility.js";
import { serveBelowPath } from "./belowPath.js";
import { browserArguments, type OpenedPage, openPage, overflow, patience } from "./openPage.js";

// The page as a person uses it, in a browser.

const executablePath = findChromium();
const testMilliseconds = 240_000;

/** A server of its own, whose clusterings wait until a worker is asked for. */
interface Served {
  temporary: TemporaryApp;
  server: MedoidServer;
  address: string;
  /** Computes what is queued from now on, as another process on the same database does. */
  compute(): Promise<void>;
  close(): Promise<void>;
}

async function serve(environment: Record<string, string> = {}): Promise<Served> {
  const temporary = await openTemporaryApp({ settings: readSettings(environment) });
  await temporary.app.queue.start({ computes: false });
  const server = createServer(temporary.app);
  const address = await server.listen(0, "127.0.0.1");
  return {
    temporary,
    server,
    address,
    async compute() {
      const worker = await temporary.openAnother();
      await worker.queue.start();
    },
    async close() {
      await server.stop(0);
      await temporary.close();
    },
  };
}

/** The data of an operation, as any client gets it. */
// biome-ignore lint/suspicious/noExplicitAny: tests read into results as they please
async function ask(address: string, query: string, variables: object = {}): Promise<any> {
  const response = await fetch(`${address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  expect(errors).toBeUndefined();
  return data;
}

const startMutation = `mutation($input: ClusterEmbeddingsInput!) {
  clusterEmbeddings(input: $input) { ... on ClusteringResult { id } ... on Error { message } }
}`;
const statusQuery = `query($id: ID!) { clusteringResult(id: $id) { status } }`;

async function start(address: string, input: object): Promise<string> {
  const { clusterEmbeddings } = await ask(address, startMutation, { input });
  expect(clusterEmbeddings).toHaveProperty("id");
  return clusterEmbeddings.id;
}

async function finished(address: string, id: string): Promise<void> {
  await vi.waitFor(
    async () => expect((await ask(address, statusQuery, { id })).clusteringResult.status).toBe("SUCCEEDED"),
    patience,
  );
}

const bare = (id: string) => id.slice(id.indexOf(":") + 1);

const walkQuery = `query($id: ID!) { clusteringResult(id: $id) {
  clusterCount outlierCount embeddingCount embeddingModel { name }
  clusters(first: 1) { edges { node {
    id label size medoidText
    medoidOccurrences { totalCount }
    members(first: 500) { edges { node { invocation { outputText } } } }
    medoidInvocation { sequenceNumber model run { id initialPrompt invocationCount } input { outputImage { url } } }
  } } }
} }`;

describe.skipIf(!executablePath)("the page in Chromium", { timeout: testMilliseconds }, () => {
  let browser: Browser;
  let served: Served;
  let address: string;
  let model: string;
  /** The id of the sample's clustering. */
  let sample: string;
  // biome-ignore lint/suspicious/noExplicitAny: as of ask
  let clustered: any;
  let opened: OpenedPage[] = [];
  let others: { close(): unknown }[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: browserArguments,
      timeout: patience.timeout,
    });
    served = await serve();
    address = served.address;
    model = (await loadSample(served.temporary.app)).embeddingModel;
    sample = await start(address, { embeddingModel: model });
    await served.compute();
    await finished(address, sample);
    clustered = (await ask(address, walkQuery, { id: sample })).clusteringResult;
  }, testMilliseconds);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  afterEach(async () => {
    for (const each of [...opened, ...others]) await each.close();
    opened = [];
    others = [];
  });

  async function open(
    path = "/",
    options?: Parameters<typeof openPage>[2],
    at = address,
  ): Promise<OpenedPage> {
    const page = await openPage(browser, `${at}${path}`, options);
    opened.push(page);
    return page;
  }

  async function serveAnother(environment?: Record<string, string>): Promise<Served> {
    const another = await serve(environment);
    others.push(another);
    return another;
  }

  const resultPath = () => `/results/${bare(sample)}`;
  const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name }).first();
  const shown = (locator: Locator) => locator.waitFor({ state: "visible" });
  const largest = () => clustered.clusters.edges[0].node;

  /** Nothing was said on the console, and nothing was asked of another server. */
  function expectSilence({ complaints, foreign }: OpenedPage): void {
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
  }

  test("from the list to the largest cluster, its medoid, the image before it and its run", async () => {
    const first = await open();
    const { page } = first;
    await page.getByRole("link", { name: model }).first().click();
    await expect.poll(() => new URL(page.url()).pathname, patience).toBe(resultPath());

    // The clusters, the largest first.
    const items = page.locator(".clusters > li");
    await shown(items.first());
    const [one] = await items.allInnerTexts();
    expect(one).toContain(largest().medoidText);
    expect(one).toContain(String(largest().size));
    await items.first().getByRole("link").click();

    // The medoid, and the image that led to it.
    await expect.poll(() => new URL(page.url()).pathname, patience).toBe(`${resultPath()}/clusters/0`);
    const walk = page.locator(".walk > li");
    await shown(walk.first());
    expect(await walk.nth(0).textContent()).toContain(largest().medoidText);
    const image = walk.nth(1).locator("img");
    const isLoaded = () => image.evaluate((img) => (img as HTMLImageElement).naturalWidth > 0);
    await expect.poll(isLoaded, patience).toBe(true);
    expect(new URL((await image.getAttribute("src"))!).pathname).toBe(
      new URL(largest().medoidInvocation.input.outputImage.url).pathname,
    );
    const { run } = largest().medoidInvocation;
    expect(await walk.last().textContent()).toContain(run.initialPrompt);

    // The run, with each step's cluster.
    await walk.last().getByRole("link").click();
    await shown(heading(page, run.initialPrompt));
    expect(new URL(page.url()).pathname).toBe(`/runs/${bare(run.id)}`);
    await expect
      .poll(() => page.locator(".strip > li").count(), patience)
      .toBe(Math.min(60, run.invocationCount));
    const medoidStep = page.locator(`#step-${largest().medoidInvocation.sequenceNumber}`);
    await expect.poll(() => medoidStep.textContent(), patience).toMatch(/Cluster 0, its medoid/);

    // And back, by the browser's buttons.
    await page.goBack();
    await shown(walk.first());
    await page.goBack();
    await shown(items.first());
    expectSilence(first);
  });

  test("every view can be opened by its address and reloaded", async () => {
    const { run, sequenceNumber } = largest().medoidInvocation;
    const views: [string, string | RegExp][] = [
      ["/", "Clusterings"],
      [resultPath(), model],
      [`${resultPath()}/clusters/0`, "Cluster 0"],
      [`${resultPath()}/outliers`, "Outliers"],
      [`/compare/${bare(sample)}/${bare(sample)}`, "Two clusterings compared"],
      [`${resultPath()}/sweep`, "What other parameters would give"],
      [`${resultPath()}/merges`, "How the clusters would merge"],
      [`/runs/${bare(run.id)}?result=${bare(sample)}`, run.initialPrompt],
    ];
    const { page, ...rest } = await open();
    for (const [path, name] of views) {
      await page.goto(`${address}${path}`);
      await shown(heading(page, name));
      await page.reload();
      await shown(heading(page, name));
      expect(page.url()).toBe(`${address}${path}`);
    }
    await page.locator(`#step-${sequenceNumber}`).waitFor({ state: "attached" }); // after the heading
    expectSilence({ page, ...rest });
  });

  test("the list says what was clustered, how, and what came of it", async () => {
    const id = await start(address, {
      embeddingModel: model,
      minClusterSize: 40,
      metric: "COSINE",
      reduction: { method: "PCA", dimensions: 3 },
      filter: { everyNth: 2, sequenceNumber: { min: 1 } },
    });
    await finished(address, id);
    const { page } = await open();
    const items = page.locator(".results > li");
    await expect.poll(() => items.count(), patience).toBeGreaterThanOrEqual(2);
    const text = await items.first().textContent();
    for (const part of [
      "clusters of 40 or more",
      "cosine",
      "PCA to 3 dimensions",
      "every 2nd step",
      "steps from 1",
    ])
      expect(text).toContain(part);
    const { clusterCount, embeddingCount } = clustered;
    const other = await items.last().textContent();
    expect(other).toContain("all embeddings");
    expect(other).toContain(String(clusterCount));
    expect(other).toContain(embeddingCount.toLocaleString("en"));
    await ask(address, `mutation($id: ID!) { deleteClusteringResult(id: $id) { __typename } }`, { id });
    // Gone from the list without a reload.
    await expect.poll(() => items.count(), patience).toBe(1);
  });

  test("the form explains its default, estimates, says what is wrong, and starts", async () => {
    const { page, ...rest } = await open();
    await page.getByRole("button", { name: "Cluster…" }).click();
    const dialog = page.getByRole("dialog");
    const { embeddingCount } = clustered;
    const total = embeddingCount.toLocaleString("en");
    await expect
      .poll(() => dialog.locator("output").textContent(), patience)
      .toContain(`${total} embeddings · `);
    expect(await dialog.textContent()).toMatch(/Empty: 5\./);

    const size = dialog.getByLabel("Minimum cluster size");
    await size.fill("1");
    await expect
      .poll(() => dialog.locator(".field.invalid").textContent(), patience)
      .toMatch(/2 or more|at least 2/);
    await size.fill("2.5");
    await expect
      .poll(() => dialog.locator(".field.invalid").textContent(), patience)
      .toContain("whole number");
    await size.fill(String(embeddingCount + 1));
    await expect
      .poll(() => dialog.locator(".field.invalid").textContent(), patience)
      .toContain(`this must be ${total} or less`);
    // An estimate that fails says nothing of what the fields say now.
    const failEstimates = (route: Route) =>
      route.request().postDataJSON()?.operationName === "Estimate"
        ? route.fulfill({ json: { errors: [{ message: "There is no estimate." }] } })
        : route.fallback();
    await page.route("**/graphql", failEstimates);
    await size.fill("30");
    await shown(dialog.getByText("There is no estimate."));
    expect(await dialog.locator(".field.invalid").count()).toBe(0);
    await page.unroute("**/graphql", failEstimates);
    await dialog.getByText("More", { exact: true }).click();
    await dialog.getByLabel("From step").fill("1");
    await dialog.getByLabel("Every nth step").fill("2");
    const { count } = await counted(page);
    expect(count).toBeLessThan(embeddingCount);
    await dialog.getByRole("button", { name: "Cluster", exact: true }).click();

    // Progress, until the clusters are there.
    await expect.poll(() => page.url(), patience).toMatch(/\/results\/[\da-f-]{36}$/);
    await shown(page.locator(".numbers"));
    const id = `ClusteringResult:${page.url().split("/").at(-1)}`;
    const { clusteringResult } = await ask(
      address,
      `query($id: ID!) { clusteringResult(id: $id) {
        embeddingCount parameters { minClusterSize } filter { everyNth sequenceNumber { min max } } } }`,
      { id },
    );
    expect(clusteringResult).toEqual({
      embeddingCount: count,
      parameters: { minClusterSize: 30 },
      filter: { everyNth: 2, sequenceNumber: { min: 1, max: null } },
    });
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await shown(heading(page, "Clusterings"));
    expect((await ask(address, statusQuery, { id })).clusteringResult).toBeNull();
    expectSilence({ page, ...rest });
  });

  /** The number of embeddings in the estimate, once it no longer changes. */
  async function counted(page: Page): Promise<{ count: number }> {
    const output = page.getByRole("dialog").locator("output");
    const read = async () => Number.parseInt((await output.textContent())!.replaceAll(",", ""), 10);
    await expect.poll(read, patience).toBeLessThan(clustered.embeddingCount);
    return { count: await read() };
  }

  test("a point of the sweep opens the form with its parameters and the clustering's, by pointer and by key", async () => {
    const filter = { sequenceNumber: { min: 1 } };
    const id = await start(address, { embeddingModel: model, minClusterSize: 20, minSamples: 4, filter });
    await finished(address, id);
    const { page, ...rest } = await open(`/results/${bare(id)}`);
    await page.getByRole("link", { name: "What other parameters would give" }).click();
    await expect.poll(() => page.url(), patience).toBe(`${address}/results/${bare(id)}/sweep`);
    // Each size with both methods, as the API says.
    const rows = page.locator(".sweep-table tbody tr");
    await shown(rows.locator("td:nth-of-type(4)").first());
    const sizes = (await rows.locator("th").allInnerTexts()).map(Number);
    expect(sizes).toContain(20);
    const { clusteringResult } = await ask(
      address,
      `query($id: ID!, $input: SweepInput!) { clusteringResult(id: $id) {
        embeddingCount sweep(input: $input) { clusterCount } } }`,
      { id, input: { minClusterSizes: sizes, clusterSelectionMethods: ["EXCESS_OF_MASS", "LEAF"] } },
    );
    const counts = (await page.locator(".sweep-table button").allInnerTexts()).map(Number);
    expect(counts).toEqual(clusteringResult.sweep.map((each: { clusterCount: number }) => each.clusterCount));
    // A point for each of them in both plots; the clustering's own is marked.
    const settings = page.locator(".sweep-plot .setting");
    expect(await settings.count()).toBe(2 * counts.length);
    expect(await page.locator(".sweep-plot .setting .own").count()).toBe(2);
    const own = page.getByRole("button", { name: "this clustering" });
    expect(await own.count()).toBe(1);

    // By the pointer, at the first size of the plot's first method.
    const dialog = page.getByRole("dialog", { name: "Cluster again" });
    const size = dialog.getByLabel("Minimum cluster size", { exact: true });
    const method = dialog.getByLabel("Clusters", { exact: true });
    await settings.nth(sizes.length).hover();
    await expect
      .poll(() => page.locator(".sweep-pointed").textContent(), patience)
      .toContain(`${sizes[0]} or more, those that persist longest: `);
    await settings.nth(sizes.length).click();
    expect([await size.inputValue(), await method.inputValue()]).toEqual([
      String(sizes[0]),
      "EXCESS_OF_MASS",
    ]);
    await page.keyboard.press("Escape");
    await expect.poll(() => dialog.count(), patience).toBe(0);

    // By keys, a larger size and leaves.
    const larger = sizes[sizes.indexOf(20) + 1];
    await page.getByRole("button", { name: new RegExp(` of ${larger} or more, leaves`) }).focus();
    await page.keyboard.press("Enter");
    expect([await size.inputValue(), await method.inputValue()]).toEqual([String(larger), "LEAF"]);
    expect(await dialog.textContent()).toContain("steps from 1");
    const total = clusteringResult.embeddingCount.toLocaleString("en");
    await expect
      .poll(() => dialog.locator("output").textContent(), patience)
      .toContain(`${total} embeddings · `);
    await dialog.getByRole("button", { name: "Cluster", exact: true }).click();
    await expect.poll(() => page.url(), patience).toMatch(/\/results\/[\da-f-]{36}$/);
    const again = `ClusteringResult:${page.url().split("/").at(-1)}`;
    expect(again).not.toBe(id);
    await finished(address, again);
    const started = await ask(
      address,
      `query($id: ID!) { clusteringResult(id: $id) { clusterCount filter { sequenceNumber { min max } }
        parameters { minClusterSize minSamples clusterSelectionMethod } } }`,
      { id: again },
    );
    expect(started.clusteringResult).toEqual({
      clusterCount: counts[2 * sizes.indexOf(larger) + 1],
      filter: { sequenceNumber: { min: 1, max: null } },
      parameters: { minClusterSize: larger, minSamples: 4, clusterSelectionMethod: "LEAF" },
    });
    for (const each of [id, again])
      await ask(address, `mutation($id: ID!) { deleteClusteringResult(id: $id) { __typename } }`, {
        id: each,
      });
    expectSilence({ page, ...rest });
  });

  test("two clusterings are compared, with one selection over the clusters of both", async () => {
    const id = await start(address, { embeddingModel: model, minClusterSize: 30 });
    await finished(address, id);
    const { page, ...rest } = await open(`/results/${bare(id)}`);
    await page.getByRole("button", { name: "Compare with…" }).click();
    await page.getByRole("dialog").getByRole("link").last().click();
    // The earlier one is the first.
    await expect.poll(() => page.url(), patience).toBe(`${address}/compare/${bare(sample)}/${bare(id)}`);
    const { compareClusteringResults: compared } = await ask(
      address,
      `query($from: ID!, $to: ID!) { compareClusteringResults(from: $from, to: $to) {
        adjustedRandIndex from { clusterCount } to { clusterCount }
        lineage { kind from { label } to { label } }
        overlaps(first: 500) { edges { node { count from { label } to { label } } } } } }`,
      { from: sample, to: id },
    );
    const lists = page.locator(".fates");
    await expect.poll(() => lists.count(), patience).toBe(2);
    for (const [n, side] of ["from", "to"].entries()) {
      const names = await lists.nth(n).locator("strong").allInnerTexts();
      expect(names.filter((name) => name !== "Outliers").length).toBe(compared[side].clusterCount);
    }
    expect(await page.locator(".agreement").textContent()).toContain(compared.adjustedRandIndex.toFixed(2));
    const gone = compared.lineage.filter(({ kind }: { kind: string }) => kind === "DIED").length;
    expect(await lists.nth(0).getByText("is gone", { exact: true }).count()).toBe(gone);
    await expect.poll(() => page.locator(".overlaps tbody tr").count(), patience).toBeGreaterThan(0);

    // A cluster of the second: its numbers are those of its overlaps, in both lists and above them.
    const overlaps = compared.overlaps.edges
      .map(({ node }: { node: object }) => node)
      .filter(({ to }: { to: { label: number } | null }) => to?.label === 0);
    const cluster = lists.nth(1).getByRole("button", { name: /^Cluster 0 / });
    await cluster.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => cluster.getAttribute("aria-pressed"), patience).toBe("true");
    expect(await lists.nth(0).locator(".related").count()).toBe(overlaps.length);
    expect(await lists.nth(1).locator(".related").count()).toBe(0);
    const told = (await page.locator(".selected-cluster").textContent())!.replaceAll(/\s+/g, " ");
    for (const { count, from } of overlaps)
      expect(told).toContain(`${count} with ${from ? `cluster ${from.label}` : "outliers"}`);
    await cluster.click();
    expect(await page.locator(".related").count()).toBe(0);

    await page.getByRole("link", { name: "The other way round" }).click();
    await expect.poll(() => page.url(), patience).toBe(`${address}/compare/${bare(id)}/${bare(sample)}`);
    await ask(address, `mutation($id: ID!) { deleteClusteringResult(id: $id) { __typename } }`, { id });
    await page.reload();
    await shown(heading(page, "There is nothing to compare"));
    expectSilence({ page, ...rest });
  });

  /** Two pairs of groups, with a clustering of four clusters, one of two, and a map of the embeddings of both. */
  async function serveTwoClusterings(): Promise<{ at: string; four: string; two: string }> {
    const another = await serveAnother();
    const rows = Array.from({ length: 48 }, (_, i) => {
      const angle = [0, 0.12, 1.5, 1.62][i % 4] + 0.001 * Math.floor(i / 4);
      return Float32Array.of(Math.cos(angle), Math.sin(angle), 0.001 * (i % 3));
    });
    await writeRun(another.temporary.app, rows, { text: (i) => `Text ${i} of group ${i % 4}` });
    const shared = { embeddingModel: "Model", minSamples: 3 };
    const four = await start(another.address, {
      ...shared,
      ...{ minClusterSize: 5, clusterSelectionMethod: "LEAF" },
    });
    const two = await start(another.address, { ...shared, minClusterSize: 15 });
    await ask(
      another.address,
      `mutation { mapEmbeddings(input: { embeddingModel: "Model", method: PCA }) { __typename } }`,
    );
    await another.compute();
    for (const id of [four, two]) await finished(another.address, id);
    const isDrawn = `query($id: ID!) { clusteringResult(id: $id) { clusterCount map { status } } }`;
    for (const [id, clusterCount] of [
      [four, 4],
      [two, 2],
    ] as const)
      await vi.waitFor(
        async () =>
          expect((await ask(another.address, isDrawn, { id })).clusteringResult).toEqual({
            clusterCount,
            map: { status: "SUCCEEDED" },
          }),
        patience,
      );
    return { at: another.address, four, two };
  }

  test("a selected point has its neighbours, of which a click selects one on the map and in the list", async () => {
    const { at, two } = await serveTwoClusterings();
    const { clusteringResult } = await ask(
      at,
      `query($id: ID!) { clusteringResult(id: $id) { cluster(label: 0) { members(first: 1) { edges { node {
        id neighbours(clusteringResultId: $id) {
          distance embedding { id invocation { outputText } } } } } } } } }`,
      { id: two },
    );
    const { node } = clusteringResult.cluster.members.edges[0];
    type Neighbour = { distance: number; embedding: { id: string; invocation: { outputText: string } } };
    const neighbours: Neighbour[] = node.neighbours;
    const { page, ...rest } = await open(`/results/${bare(two)}/clusters/0?point=${bare(node.id)}`, {}, at);
    const pinned = page.getByRole("complementary", { name: "Selected point" });
    const disclosure = pinned.getByRole("button", { name: "Nearest embeddings" });
    await shown(disclosure);
    expect(await disclosure.getAttribute("aria-expanded")).toBe("false");
    await disclosure.focus();
    await page.keyboard.press("Enter");
    const items = pinned.locator(".neighbour");
    await expect.poll(() => items.count(), patience).toBe(10);
    for (const [n, text] of (await items.allInnerTexts()).entries()) {
      expect(text).toContain(neighbours[n].embedding.invocation.outputText);
      expect(text).toContain(`at ${neighbours[n].distance.toPrecision(3)}`);
    }
    expect(await accessibilityFaults(page)).toEqual([]);
    const href = await pinned.getByRole("link", { name: "Open in GraphiQL" }).getAttribute("href");
    const { searchParams } = new URL(href!);
    const again = await ask(at, searchParams.get("query")!, JSON.parse(searchParams.get("variables")!));
    expect(again.embedding.neighbours.length).toBe(10);

    const third = neighbours[2].embedding;
    await items.nth(2).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("point"), patience).toBe(bare(third.id));
    await expect
      .poll(() => page.locator(".members > [aria-current]").textContent(), patience)
      .toContain(third.invocation.outputText);
    await page.locator(".map-ring-selected").waitFor({ state: "attached" });
    // Its own neighbours follow.
    await expect
      .poll(() => pinned.locator(".point-output").textContent(), patience)
      .toBe(third.invocation.outputText);
    await expect.poll(() => items.count(), patience).toBe(10);
    await page.reload();
    await shown(pinned.getByText(third.invocation.outputText));
    expectSilence({ page, ...rest });
  });

  test("two maps have one selection: a cluster of one, and a point, are shown in both", async () => {
    const { at, four, two } = await serveTwoClusterings();
    const path = `/compare/${bare(four)}/${bare(two)}`;
    const { page, ...rest } = await open(path, { viewport: { width: 1280, height: 1200 } }, at);
    const map = (side: "first" | "second") =>
      page.getByRole("region", { name: `Map of the ${side} clustering` });
    for (const [side, clusters] of [
      ["first", 4],
      ["second", 2],
    ] as const)
      await expect.poll(() => map(side).locator(".map-medoid").count(), patience).toBe(clusters);
    const showOverlays = (display: "" | "none") =>
      page.evaluate((value) => {
        for (const over of document.querySelectorAll<SVGElement>(".map-overlay")) over.style.display = value;
      }, display);
    /** The points of a map, as they are on the screen. */
    const points = async (side: "first" | "second") => {
      await showOverlays("none");
      const picture = await map(side).locator("canvas").screenshot({ animations: "disabled" });
      await showOverlays("");
      return picture.toString("base64");
    };
    const before = { first: await points("first"), second: await points("second") };

    // Selected in the list, a cluster stands out on its own map, and its embeddings on the other one.
    const fate = page
      .locator(".fates")
      .first()
      .getByRole("button", { name: /^Cluster 0 / });
    await fate.click();
    await expect.poll(() => new URL(page.url()).searchParams.get("selected"), patience).toBe("from,0");
    for (const side of ["first", "second"] as const)
      await expect.poll(async () => (await points(side)) !== before[side], patience).toBe(true);
    await page.reload();
    await expect.poll(() => fate.getAttribute("aria-pressed"), patience).toBe("true");
    await fate.click();
    expect(new URL(page.url()).search).toBe("");
    for (const side of ["first", "second"] as const)
      await expect.poll(async () => (await points(side)) === before[side], patience).toBe(true);

    // A point of the second map has a ring on both, and is told with its clusters.
    const medoid = map("second").locator(".map-medoid").first();
    await medoid.waitFor({ state: "attached" });
    const { x, y, width, height } = (await medoid.boundingBox())!;
    await expect
      .poll(async () => {
        await page.mouse.move(x + width / 2, y + height / 2);
        await page.mouse.move(x + width / 2 + 1, y + height / 2);
        return map("second").locator(".map-tip").count();
      }, patience)
      .toBe(1);
    await page.mouse.click(x + width / 2 + 1, y + height / 2);
    for (const side of ["first", "second"] as const)
      await map(side).locator(".map-ring-selected").waitFor({ state: "attached" });
    const id = `Embedding:${new URL(page.url()).searchParams.get("point")}`;
    const { embedding } = await ask(
      at,
      `query($id: ID!, $four: ID!, $two: ID!) { embedding(id: $id) { invocation { outputText }
        first: assignment(clusteringResultId: $four) { cluster { label } }
        second: assignment(clusteringResultId: $two) { cluster { label } } } }`,
      { id, four, two },
    );
    expect(new URL(page.url()).searchParams.get("selected")).toBe(`to,${embedding.second.cluster.label}`);
    const told = page.getByRole("complementary", { name: "Selected point" });
    await expect.poll(() => told.textContent(), patience).toContain(embedding.invocation.outputText);
    expect(await told.locator("dd").allInnerTexts()).toEqual([
      `cluster ${embedding.first.cluster.label}`,
      `cluster ${embedding.second.cluster.label}`,
    ]);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    await told.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => page.locator(".map-ring-selected").count(), patience).toBe(0);
    expectSilence({ page, ...rest });
  });

  test("progress and cancelling are shown by a server that does not compute, and by another", async () => {
    const one = await serveAnother();
    await writeRun(one.temporary.app, groupedRows(3, 10));
    const another = await one.temporary.openAnother();
    await another.queue.start({ computes: false });
    const second = createServer(another);
    others.unshift({ close: () => second.stop(0) });
    const elsewhere = await second.listen(0, "127.0.0.1");

    const here = await open("/", {}, one.address);
    const there = await open("/", {}, elsewhere);
    await shown(heading(here.page, "Nothing is clustered yet"));
    const id = await start(elsewhere, { embeddingModel: "Model" });
    for (const { page } of [here, there]) await shown(page.getByText("Waits for a worker"));

    // Cancelled here, which is seen there.
    await here.page.getByRole("button", { name: "Cancel" }).click();
    for (const { page } of [here, there]) await shown(page.getByText("Cancelled"));
    expect((await ask(elsewhere, statusQuery, { id })).clusteringResult.status).toBe("CANCELLED");

    // Computed by a third process, which is seen by both.
    await start(one.address, { embeddingModel: "Model" });
    for (const { page } of [here, there]) await shown(page.getByText("Waits for a worker"));
    await one.compute();
    for (const { page } of [here, there]) {
      await expect.poll(() => page.locator(".result").first().textContent(), patience).toMatch(/clusters/);
    }
    for (const each of [here, there]) expectSilence(each);
  });

  test("a cluster is given a name and a note in place, which the list shows, and loses them again", async () => {
    const another = await serveAnother();
    await writeRun(another.temporary.app, groupedRows(2, 8));
    const id = await start(another.address, { embeddingModel: "Model" });
    await another.compute();
    await finished(another.address, id);
    const path = `/results/${bare(id)}`;
    const { page, ...rest } = await open(`${path}/clusters/1`, {}, another.address);
    const button = (name: string) => page.getByRole("button", { name, exact: true });
    const [name, note] = [page.getByLabel("Name", { exact: true }), page.getByLabel("Note", { exact: true })];
    const said = `query($id: ID!) { clusteringResult(id: $id) { cluster(label: 1) { name note } } }`;
    const clusterQuery = `query($id: ID!) { clusteringResult(id: $id) {
      cluster(label: 1) { id medoidInvocation { run { id } } } } }`;
    const stored = async () => (await ask(another.address, said, { id })).clusteringResult.cluster;

    await shown(heading(page, "Cluster 1"));
    await button("Add a name or note").click();
    await page.keyboard.type("x".repeat(201));
    await button("Save").click();
    await shown(page.getByText("The name must have 1 to 200 characters, and has 201."));
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await shown(button("Add a name or note"));
    expect(await stored()).toEqual({ name: null, note: null });

    await page.keyboard.press("Enter"); // the button has the focus again
    await name.fill("<b>gardens</b>");
    await note.fill("at night,\nand by day");
    await button("Save").click();
    await shown(heading(page, "<b>gardens</b>"));
    expect(await page.locator(".annotation .output-text").textContent()).toBe("at night,\nand by day");
    expect(await stored()).toEqual({ name: "<b>gardens</b>", note: "at night,\nand by day" });
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.getByRole("link", { name: "All clusters" }).click();
    const item = page.locator(".clusters > li").nth(1);
    await shown(item);
    expect(await item.locator("strong").textContent()).toBe("<b>gardens</b>");

    const { cluster } = (await ask(another.address, clusterQuery, { id })).clusteringResult;
    await page.goto(`${another.address}/runs/${bare(cluster.medoidInvocation.run.id)}?result=${bare(id)}`);
    const steps = page.locator(".step-cluster");
    await shown(steps.first());
    expect((await steps.allTextContents()).filter((text) => text.includes("<b>gardens</b>"))).toHaveLength(8);
    await page.goto(`${another.address}${path}/clusters/1`);

    // What somebody else writes meanwhile stays, unless it was edited here, too.
    await button("Edit name and note").click();
    const annotate = `mutation($input: AnnotateClusterInput!) { annotateCluster(input: $input) { __typename } }`;
    await ask(another.address, annotate, { input: { id: cluster.id, note: "somebody else's" } });
    await name.fill(" ");
    await button("Save").click();
    await shown(heading(page, "Cluster 1"));
    expect(await stored()).toEqual({ name: null, note: "somebody else's" });

    // Also if the page has read it before what was edited here is saved.
    await button("Edit name and note").click();
    await ask(another.address, annotate, { input: { id: cluster.id, name: "somebody else's" } });
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await shown(heading(page, "somebody else's"));
    expect(await name.inputValue()).toBe("");
    await note.fill("mine");
    await button("Save").click();
    await shown(button("Edit name and note"));
    expect(await stored()).toEqual({ name: "somebody else's", note: "mine" });
    expectSilence({ page, ...rest });
  });

  test("a clustering is deleted after asking, and not if one thinks better of it", async () => {
    const another = await serveAnother();
    await writeRun(another.temporary.app, groupedRows(2, 8));
    await start(another.address, { embeddingModel: "Model" });
    await another.compute();
    const { page, ...rest } = await open("/", {}, another.address);
    await shown(page.locator(".numbers"));
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Keep" }).click();
    expect(await page.locator(".result").count()).toBe(1);
    // It is there before the browser handles anything else, such as a key that is pressed right after.
    const isOpen = await page.locator(".result .danger").evaluate(async (button) => {
      (button as HTMLElement).click();
      await new Promise((resolve) => setTimeout(resolve));
      return document.querySelector("dialog")?.open;
    });
    expect(isOpen).toBe(true);
    await page.keyboard.press("Escape");
    expect(await dialog.count()).toBe(0);
    await page.getByRole("button", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await shown(heading(page, "Nothing is clustered yet"));
    expectSilence({ page, ...rest });
  });

  test("what is deleted under one's eyes is said to be gone", async () => {
    const id = await start(address, { embeddingModel: model, minClusterSize: 50 });
    await finished(address, id);
    const { page, ...rest } = await open(`/results/${bare(id)}`);
    const link = page.locator(".clusters a").first();
    await shown(link);
    await ask(address, `mutation($id: ID!) { deleteClusteringResult(id: $id) { __typename } }`, { id });
    await link.click();
    await shown(heading(page, "This clustering does not exist"));
    await page.getByRole("link", { name: "All clusterings" }).click();
    await shown(heading(page, "Clusterings"));
    for (const path of [`/results/${bare(id)}/clusters/1`, `/runs/${bare(id)}`]) {
      await page.goto(`${address}${path}`);
      await shown(heading(page, /does not exist/));
    }
    expectSilence({ page, ...rest });
  });

  test("members, occurrences and texts are read page by page", async () => {
    const { page, ...rest } = await open(`${resultPath()}/clusters/0`);
    const members = page.locator(".members > li");
    await expect.poll(() => members.count(), patience).toBe(Math.min(30, largest().size));
    const texts = largest().members.edges.map(({ node }: { node: { invocation: { outputText: string } } }) =>
      node.invocation.outputText.trim(),
    );
    while ((await members.count()) < largest().size) {
      const before = await members.count();
      await page.getByRole("button", { name: "Show more" }).last().click();
      await expect.poll(() => members.count(), patience).toBeGreaterThan(before);
    }
    expect((await members.locator(".output-text").allInnerTexts()).map((text) => text.trim())).toEqual(texts);
    expect(await members.locator("strong").count()).toBe(1); // the medoid
    // To a step of a run, which is marked, and back to where one was.
    const step = members.last().getByRole("link", { name: /^step / });
    const sequenceNumber = Number.parseInt((await step.textContent())!.slice("step ".length), 10);
    await step.scrollIntoViewIfNeeded();
    const place = () => page.evaluate(() => scrollY);
    const before = await place();
    expect(before).toBeGreaterThan(500);
    await step.click();
    await expect
      .poll(() => page.locator(".step[aria-current]").getAttribute("id"), patience)
      .toBe(`step-${sequenceNumber}`);
    expect(new URL(page.url()).searchParams.get("step")).toBe(String(sequenceNumber));
    await expect
      .poll(
        () =>
          page.locator(".step[aria-current]").evaluate((item) => {
            const { top } = item.getBoundingClientRect();
            return top >= 0 && top < innerHeight;
          }),
        patience,
      )
      .toBe(true);
    await page.goBack();
    await expect.poll(() => members.count(), patience).toBe(largest().size);
    await expect.poll(place, patience).toBe(before);
    const { totalCount } = largest().medoidOccurrences;
    if (totalCount > 1) await shown(heading(page, `The medoid occurs ${totalCount} times`));
    // To the next cluster, and back to all.
    await page.getByRole("link", { name: "Smaller" }).click();
    await shown(heading(page, "Cluster 1"));
    await page.getByRole("link", { name: "All clusters" }).click();
    await shown(page.locator(".clusters > li").first());
    expectSilence({ page, ...rest });
  });

  test("a run that grows shows its new steps, and a step after its last one is not looked for", async () => {
    const another = await serveAnother();
    const { app } = another.temporary;
    const runId = "0198c1b2-0000-7000-8001-00000000000b";
    await writeRun(app, groupedRows(2, 40), { runId });
    const { page, ...rest } = await open(`/runs/${runId}?step=999999999`, {}, another.address);
    const steps = page.locator(".strip > li");
    await expect.poll(() => steps.count(), patience).toBe(60);
    await page.getByRole("button", { name: "Show more" }).click();
    await expect.poll(() => steps.count(), patience).toBe(80);
    await app.database.prisma.invocation.create({
      data: { id: runId.replace("8001", "8002"), runId, sequenceNumber: 80, model: "Painter", type: "TEXT" },
    });
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await expect.poll(() => steps.count(), patience).toBe(81);
    expectSilence({ page, ...rest });
  });

  test("files are downloaded, and GraphiQL opens with the query of the view", async () => {
    const { page, ...rest } = await open(resultPath());
    await page.getByText("Download", { exact: true }).click();
    for (const [name, type] of [
      ["Assignments, Parquet", "application/vnd.apache.parquet"],
      ["Assignments, CSV", "text/csv"],
      ["Clusters, Parquet", "application/vnd.apache.parquet"],
      ["Clusters, CSV", "text/csv"],
    ]) {
      const href = await page.getByRole("link", { name }).getAttribute("href");
      const response = await fetch(href!);
      expect([response.status, response.headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
      await response.arrayBuffer();
    }
    await page.keyboard.press("Escape");
    const link = page.getByRole("link", { name: "Open in GraphiQL" });
    const { searchParams } = new URL((await link.getAttribute("href"))!);
    const variables = JSON.parse(searchParams.get("variables")!);
    expect(variables).toEqual({ id: sample });
    const data = await ask(address, searchParams.get("query")!, variables);
    expect(data.clusteringResult.clusterCount).toBe(clustered.clusterCount);
    expectSilence({ page, ...rest });

    await link.click();
    await page.locator(".graphiql-tab-button").first().waitFor();
    const editor = (name: string) => async () =>
      (await page.locator(`${name} .view-lines`).first().textContent())?.replace(/\s/g, "");
    await expect.poll(editor(".graphiql-query-editor"), patience).toContain("queryResult($id:ID!)");
    await expect
      .poll(editor('[aria-label="Variables"] .graphiql-editor:not(.hidden)'), patience)
      .toContain(bare(sample).slice(0, 8));
  });

  test("an empty database says how to fill it", async () => {
    const { page, ...rest } = await open("/", {}, (await serveAnother()).address);
    await shown(heading(page, "Nothing is recorded yet"));
    expect(await page.locator("main").textContent()).toContain("medoid import");
    expect(await page.getByRole("button", { name: "Cluster…" }).count()).toBe(0);
    expectSilence({ page, ...rest });
  });

  test("outliers say which cluster they meet first, and a slider how many are near one", async () => {
    const { page, ...rest } = await open();
    await shown(page.locator(".results > li").first());
    // The list does not wait for the curve, which is read after where outliers begin to join.
    const held: Route[] = [];
    let isHeld = true;
    const holdCurve = (route: Route) => {
      const { operationName, variables } = route.request().postDataJSON();
      if (!isHeld || operationName !== "JoiningOutliers" || variables.within[0] === 1)
        return route.fallback();
      return void held.push(route);
    };
    await page.route("**/graphql", holdCurve);
    await page.goto(`${address}${resultPath()}/outliers`);
    const slider = page.getByRole("slider");
    await shown(page.locator(".members > li").first());
    expect(await slider.count()).toBe(0);
    isHeld = false;
    for (const route of held) await route.fallback();
    await shown(slider);
    const output = page.locator(".joining output");
    // What the slider says at each of its places is what the API says of that multiple.
    const told: { within: number; outlierCount: number }[] = [];
    const last = Number(await slider.getAttribute("max"));
    await slider.focus();
    await page.keyboard.press("Home");
    for (let place = 0; place <= last; place++) {
      await expect.poll(() => slider.inputValue(), patience).toBe(String(place));
      const text = (await slider.getAttribute("aria-valuetext"))!;
      const [, within, outlierCount] = /^within (\S+) times: ([\d,]+) of /.exec(text)!;
      told.push({ within: Number(within), outlierCount: Number(outlierCount.replaceAll(",", "")) });
      expect(await output.textContent()).toContain(`Within ${within} times`);
      await page.keyboard.press("ArrowRight");
    }
    const { clusteringResult } = await ask(
      address,
      `query($id: ID!, $one: [Float!]!, $other: [Float!]!) { clusteringResult(id: $id) {
        one: joiningOutliers(within: $one) { within outlierCount }
        other: joiningOutliers(within: $other) { within outlierCount }
        outliers(first: 30) { edges { joinsAt nearestCluster { label } } } } }`,
      {
        id: sample,
        one: told.slice(0, 11).map(({ within }) => within),
        other: told.slice(11).map(({ within }) => within),
      },
    );
    expect(told).toEqual([...clusteringResult.one, ...clusteringResult.other]);
    expect(told[last].outlierCount).toBeGreaterThan(told[0].outlierCount);
    const items = page.locator(".members > li");
    const edges: { joinsAt: number; nearestCluster: { label: number } }[] = clusteringResult.outliers.edges;
    expect(await items.count()).toBe(edges.length);
    for (const [n, text] of (await items.allInnerTexts()).entries())
      expect(text).toMatch(
        new RegExp(
          `meets\\s+cluster ${edges[n].nearestCluster.label} first, at ${edges[n].joinsAt.toPrecision(3)}`,
        ),
      );

    // To the cluster and back, where the slider is as it was left.
    await page.keyboard.press("Home");
    await items
      .first()
      .getByRole("link", { name: /^cluster / })
      .click();
    await shown(heading(page, `Cluster ${edges[0].nearestCluster.label}`));
    await page.goBack();
    await expect.poll(() => slider.inputValue(), patience).toBe("0");
    expectSilence({ page, ...rest });
  });

  test("outliers that are near no cluster say so, and yet which one they meet first", async () => {
    const another = await serveAnother();
    // Two clusters of copies, whose largest height is 0, and outliers at a right angle to everything: at √2.
    const right = (axis: number) => Float32Array.from({ length: 6 }, (_, i) => (i === axis ? 1 : 0));
    const rows = [0, 1].flatMap((axis) => Array.from({ length: 8 }, () => right(axis)));
    await writeRun(another.temporary.app, [...rows, ...[2, 3, 4, 5].map(right)]);
    const id = await start(another.address, { embeddingModel: "Model" });
    await another.compute();
    await finished(another.address, id);
    const { page, ...rest } = await open(`/results/${bare(id)}/outliers`, {}, another.address);
    const items = page.locator(".members > li");
    await expect.poll(() => items.count(), patience).toBe(4);
    for (const text of await items.allInnerTexts())
      expect(text).toMatch(/meets\s+cluster [01] first, at 1\.41/);
    await shown(
      page.getByText("No outlier is within 100 times the largest height of its nearest cluster.", {
        exact: true,
      }),
    );
    expect(await page.getByRole("slider").count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    expectSilence({ page, ...rest });
  });

  test("how clusters would merge is drawn, folded and opened, by pointer and by key", async () => {
    const { page, ...rest } = await open(resultPath());
    await page.getByRole("link", { name: "How the clusters would merge" }).click();
    await expect.poll(() => page.url(), patience).toBe(`${address}${resultPath()}/merges`);
    const { clusteringResult } = await ask(
      address,
      `query($id: ID!) { clusteringResult(id: $id) {
        merges { left right distance size } clusters(first: 500) { edges { node { label size } } } } }`,
      { id: sample },
    );
    const { merges }: { merges: { left: number; right: number; distance: number; size: number }[] } =
      clusteringResult;
    const sizes: Record<number, number> = {};
    for (const { node } of clusteringResult.clusters.edges) sizes[node.label] = node.size;
    const clusterCount = merges.length + 1;
    const leaves = page.locator(".dendrogram-leaves a");
    await expect.poll(() => leaves.count(), patience).toBe(clusterCount);
    // Each cluster once, with its name and its size.
    const labelOf = async (n: number) =>
      Number((await leaves.nth(n).getAttribute("href"))!.split("/").at(-1));
    const labels = await Promise.all(merges.map((_, n) => labelOf(n)));
    expect(new Set(labels).size).toBe(merges.length);
    await expect
      .poll(() => leaves.first().textContent(), patience)
      .toMatch(new RegExp(`\\D${sizes[labels[0]]}$`));

    // The keyboard tells the distances, from the last merge on.
    const told = page.locator(".dendrogram-pointed");
    const drawn = page.getByRole("application", { name: /clusters merge/ });
    await page.mouse.move(1, 1); // away from where a link was
    await drawn.focus();
    const last = merges.at(-1)!;
    await expect
      .poll(() => told.textContent(), patience)
      .toBe(
        `${clusterCount} clusters with ${(clustered.embeddingCount - clustered.outlierCount).toLocaleString("en")} embeddings are joined at ${last.distance.toPrecision(3)}.`,
      );
    await page.keyboard.press("ArrowRight");
    const below = merges[Math.max(last.left, last.right) - clusterCount];
    await expect
      .poll(() => told.textContent(), patience)
      .toContain(`are joined at ${below.distance.toPrecision(3)}.`);

    // Folded, it shows the merges of the largest distances alone; a branch that is folded opens.
    const slider = page.getByRole("slider");
    await slider.focus();
    await page.keyboard.press("Home");
    await expect.poll(() => leaves.count(), patience).toBe(2);
    const branches = [last.left, last.right].filter((node) => node >= clusterCount);
    const branch = Math.max(...branches);
    const size = merges[branch - clusterCount].size;
    await leaves
      .filter({ hasText: `▸${size} clusters` })
      .first()
      .hover();
    await expect.poll(() => told.textContent(), patience).toContain("and folded here");
    await leaves
      .filter({ hasText: `▸${size} clusters` })
      .first()
      .click();
    await expect.poll(() => page.url(), patience).toBe(`${address}${resultPath()}/merges?branch=${branch}`);
    await expect.poll(() => leaves.count(), patience).toBe(size);
    await page.goBack();
    await expect.poll(() => leaves.count(), patience).toBe(2); // folded as it was
    await page.goForward();
    await expect.poll(() => leaves.count(), patience).toBe(size);
    await page.reload();
    await expect.poll(() => leaves.count(), patience).toBe(size);

    // A click on a row of the tree opens its cluster.
    const label = await labelOf(size - 1);
    await leaves.last().scrollIntoViewIfNeeded();
    const { y, height } = (await leaves.last().boundingBox())!;
    const box = (await drawn.boundingBox())!;
    await page.mouse.move(box.x + box.width - 2, y + height / 2);
    await expect.poll(() => told.textContent(), patience).toContain(`Cluster ${label} with`);
    await page.mouse.click(box.x + box.width - 2, y + height / 2);
    await shown(heading(page, `Cluster ${label}`));
    await page.goto(`${address}${resultPath()}/merges?branch=0`);
    await shown(page.getByText("This clustering has no branch 0."));
    expectSilence({ page, ...rest });
  });

  test("without a spanning tree, what needs one says what to do, and the rest is shown", async () => {
    const id = await start(address, { embeddingModel: model, minClusterSize: 25, minSamples: 3 });
    await finished(address, id);
    await served.temporary.app.database.prisma.clusteringResult.update({
      where: { id: bare(id) },
      data: { spanningTreeId: null },
    });
    const { page, ...rest } = await open(`/results/${bare(id)}/outliers`);
    await expect.poll(() => page.locator(".members > li").count(), patience).toBe(30);
    for (const view of ["outliers", "sweep", "merges"]) {
      await page.goto(`${address}/results/${bare(id)}/${view}`);
      await shown(page.getByText("has no stored spanning tree", { exact: false }));
      await shown(page.getByText("if everything is equal and the tree is at most 2 GB", { exact: false }));
      await shown(page.getByText(`medoid verify ${id} --store-tree`));
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.setViewportSize({ width: 320, height: 700 });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    await ask(address, `mutation($id: ID!) { deleteClusteringResult(id: $id) { __typename } }`, { id });
    expectSilence({ page, ...rest });
  });

  test("a result of outliers alone says so, and lists them", async () => {
    const another = await serveAnother();
    // Each at a right angle to all others.
    const rows = Array.from({ length: 8 }, (_, i) =>
      Float32Array.from({ length: 8 }, (_, j) => (i === j ? 1 : 0)),
    );
    await writeRun(another.temporary.app, rows);
    const id = await start(another.address, { embeddingModel: "Model" });
    await another.compute();
    await finished(another.address, id);
    const { page, ...rest } = await open(`/results/${bare(id)}`, {}, another.address);
    await shown(page.getByText("all are outliers", { exact: false }));
    await page.getByRole("link", { name: /Outliers/ }).click();
    await expect.poll(() => page.locator(".members > li").count(), patience).toBe(8);
    await page.goto(`${another.address}/results/${bare(id)}/clusters/0`);
    await shown(page.getByText("This clustering has no cluster 0."));
    expectSilence({ page, ...rest });
  });

  const markup = `<script>globalThis.ran = "script"</script><img src="x" onerror="globalThis.ran = 'image'"><b>bold</b>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30" onload="globalThis.ran = 'svg'"><script>globalThis.ran = "svg"; top.ran = "svg"</script><rect width="40" height="30" fill="red"/></svg>`;
  const rightToLeft = "בגן עם שחר, שתי חמניות פונות אל האור";

  test("texts with markup stay texts, SVG images run nothing, other scripts and long words fit", async () => {
    const another = await serveAnother();
    const { app } = another.temporary;
    const long = "Donaudampfschifffahrt".repeat(40);
    const texts = [markup, rightToLeft, long];
    const runId = "0198c1b2-0000-7000-8001-00000000000a";
    await writeRun(app, groupedRows(3, 10), { runId, model: markup, text: (i) => texts[i % 3] });
    const { prisma } = app.database;
    await prisma.run.update({ where: { id: runId }, data: { initialPrompt: markup } });
    const invocations = await prisma.invocation.findMany({
      where: { runId },
      orderBy: { sequenceNumber: "asc" },
    });
    // A picture before each text.
    for (const { id, sequenceNumber } of invocations.slice(0, 3)) {
      const pictureId = id.replace(/^.{8}/, `0000000${sequenceNumber}`);
      await prisma.invocation.create({
        data: {
          id: pictureId,
          runId,
          sequenceNumber: 100 + sequenceNumber,
          model: "Painter",
          type: "IMAGE",
          outputImageMediaType: "image/svg+xml",
          outputImage: { create: { bytes: Buffer.from(svg) } },
        },
      });
    }
    await prisma.invocation.updateMany({
      where: { runId, sequenceNumber: { lt: 100 } },
      data: { inputInvocationId: invocations[0].id.replace(/^.{8}/, "00000000") },
    });
    const id = await start(another.address, { embeddingModel: markup });
    await another.compute();
    await finished(another.address, id);
    const { page, ...rest } = await open("/", { viewport: { width: 320, height: 700 } }, another.address);
    const ran = () => page.evaluate(() => (globalThis as { ran?: string }).ran);
    const parts: [string, string][] = [
      ["/", ".results > li"],
      [`/results/${bare(id)}`, ".clusters > li"],
      ...[0, 1, 2].map((label): [string, string] => [
        `/results/${bare(id)}/clusters/${label}`,
        ".members > li",
      ]),
      [`/runs/${runId}?result=${bare(id)}`, ".step-cluster"],
    ];
    for (const [path, part] of parts) {
      await page.goto(`${another.address}${path}`);
      await shown(page.locator(part).first());
      const areComplete = () =>
        page.locator("img").evaluateAll((all) => {
          const waiting = all.filter((image) => (image as HTMLImageElement).naturalWidth === 0);
          waiting[0]?.scrollIntoView(); // it is only loaded where it is seen
          return waiting.length === 0;
        });
      await expect.poll(areComplete, patience).toBe(true);
      expect(await page.locator("main script, main b, main img[src='x']").count()).toBe(0);
      expect(await ran()).toBeUndefined();
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
    }
    expect(await page.locator("img").count()).toBe(3);
    expect(await page.locator("main").textContent()).toContain(markup);
    // A text that is written from right to left is shown so.
    const direction = (text: string) =>
      page
        .locator(".output-text", { hasText: text })
        .first()
        .evaluate((element) => getComputedStyle(element).direction);
    expect([await direction("חמניות"), await direction("Donau")]).toEqual(["rtl", "ltr"]);
    expectSilence({ page, ...rest });
  });

  test("a key is asked for, kept for the tab, and what it does not allow is said", async () => {
    const another = await serveAnother();
    const { app } = another.temporary;
    await writeRun(app, groupedRows(2, 8));
    const id = await start(another.address, { embeddingModel: "Model" });
    await another.compute();
    await finished(another.address, id);
    const { prisma } = app.database;
    const reading = await createApiKey(prisma, { name: "reader", scopes: ["read"] });
    const writing = await createApiKey(prisma, { name: "writer", scopes: ["read", "write"] });
    const { page } = await open(`/results/${bare(id)}`, {}, another.address);
    const dialog = page.getByRole("dialog", { name: "API key" });
    await shown(dialog);
    // Escape does not close it, however often.
    for (let n = 0; n < 3; n++) await page.keyboard.press("Escape");
    await shown(dialog);
    expect(await page.locator("main").textContent()).not.toContain("text 0");
    // Nothing is asked for as long as the key is missing.
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.evaluate(() => fetch("/")); // sent after what the page would have sent
    expect(asked).not.toContain("/graphql");
    const give = async (key: string) => {
      await dialog.getByLabel("Key").fill(key);
      await dialog.getByRole("button", { name: "Use this key" }).click();
    };
    await give("not a key");
    await shown(dialog.getByText("does not know this key"));
    await give(reading.key);
    await shown(page.locator(".clusters > li").first());
    expect(await dialog.count()).toBe(0);
    await page.reload();
    await shown(page.locator(".clusters > li").first());

    // A key that only reads deletes nothing.
    await page.getByRole("button", { name: "Delete" }).click();
    const question = page.getByRole("dialog", { name: "Delete this clustering?" });
    await question.getByRole("button", { name: "Delete" }).click();
    await shown(question.getByText("does not have the scope write", { exact: false }));
    await question.getByRole("button", { name: "Keep" }).click();

    // Files have signed addresses.
    await page.getByText("Download", { exact: true }).click();
    const href = await page.getByRole("link", { name: "Clusters, CSV" }).getAttribute("href");
    expect((await fetch(href!)).status).toBe(200);
    await page.keyboard.press("Escape");

    // Another key, by the button at the top.
    await page.getByRole("button", { name: "API key" }).click();
    await give(writing.key);
    await expect.poll(() => dialog.count(), patience).toBe(0);
    await page.getByRole("button", { name: "Delete" }).click();
    await question.getByRole("button", { name: "Delete" }).click();
    await shown(heading(page, "Clusterings"));

    // Another tab does not have it.
    const fresh = await open("/", {}, another.address);
    await shown(fresh.page.getByRole("dialog", { name: "API key" }));
  });

  test("a server that is gone is said to be, and everything goes on when it is back", async () => {
    const another = await serveAnother();
    const { app } = another.temporary;
    await writeRun(app, groupedRows(2, 8));
    await start(another.address, { embeddingModel: "Model" });
    const { page } = await open("/", {}, another.address);
    await shown(page.getByText("Waits for a worker"));
    await another.server.stop(0);
    await shown(page.getByText("The server does not respond."));
    expect(await page.getByText("Waits for a worker").count()).toBe(1); // what was read stays
    const again = createServer(app);
    others.unshift({ close: () => again.stop(0) });
    await again.listen(Number(new URL(another.address).port), "127.0.0.1");
    await expect.poll(() => page.getByText("The server does not respond.").count(), patience).toBe(0);
    await another.compute();
    await expect.poll(() => page.locator(".result").first().textContent(), patience).toMatch(/clusters/);
  });

  test("works where only trusted documents are taken, and where GraphiQL is off", async () => {
    const folder = mkdtempSync(join(tmpdir(), "medoid-documents-"));
    others.push({ close: () => rmSync(folder, { recursive: true }) });
    writeFileSync(`${folder}/documents.json`, JSON.stringify({ status: "{ __typename }" }));
    const another = await serveAnother({
      MEDOID_DOCUMENTS: `${folder}/documents.json`,
      MEDOID_DOCUMENTS_ONLY: "on",
      MEDOID_GRAPHIQL: "off",
    });
    await writeRun(another.temporary.app, groupedRows(2, 8));
    const { page, ...rest } = await open("/", {}, another.address);
    await page.getByRole("button", { name: "Cluster…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cluster", exact: true }).click();
    await shown(page.getByText("Waits for a worker"));
    expect(await page.getByRole("link", { name: /GraphiQL/ }).count()).toBe(0);
    await another.compute();
    await shown(page.locator(".clusters > li").first());
    await page.locator(".clusters a").first().click();
    await page.locator(".walk a", { hasText: "See all" }).click();
    await shown(page.locator(".strip > li").first());
    expectSilence({ page, ...rest });
  });

  test("works below a path, with the images and files of another base URL", async () => {
    const proxy = await serveBelowPath(address, "/medoid");
    others.push(proxy);
    const { page, ...rest } = await open("/", {}, proxy.address);
    await page.getByRole("link", { name: model }).first().click();
    await page.locator(".clusters a").first().click();
    const image = page.locator(".walk img").first();
    const isLoaded = () => image.evaluate((img) => (img as HTMLImageElement).naturalWidth > 0);
    await expect.poll(isLoaded, patience).toBe(true);
    expect(page.url()).toBe(`${proxy.address}${resultPath()}/clusters/0`);
    await page.reload();
    await expect.poll(isLoaded, patience).toBe(true);
    expect(await image.getAttribute("src")).toContain(`${proxy.address}/images/`);
    const href = await page.getByRole("link", { name: "Open in GraphiQL" }).first().getAttribute("href");
    expect(href).toContain(`${proxy.address}/graphql?`);
    expectSilence({ page, ...rest });
  });

  test("everything can be done by keyboard", async () => {
    const { page, ...rest } = await open();
    await shown(page.locator(".results > li").first());
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    const tabTo = async (name: string) => {
      for (let n = 0; n < 40; n++) {
        await page.keyboard.press("Tab");
        if ((await focused()).includes(name)) return;
      }
      throw new Error(`Tab does not lead to ${name}.`);
    };
    await tabTo(model);
    await page.keyboard.press("Enter");
    await shown(page.locator(".clusters > li").first());
    await tabTo("Cluster 0");
    await page.keyboard.press("Enter");
    await shown(heading(page, "Cluster 0"));
    // The heading comes before the way to the run, which is read after it.
    await shown(page.getByRole("link", { name: "See all" }));
    await tabTo("See all");
    await page.keyboard.press("Enter");
    await shown(heading(page, largest().medoidInvocation.run.initialPrompt));
    // What was opened has the focus.
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    expectSilence({ page, ...rest });
  });

  describe.each(["light", "dark"] as const)("in the %s colour scheme", (colorScheme) => {
    test("no view has a fault that axe-core finds, or is wider than 320 pixels", async () => {
      const { page, ...rest } = await open("/", { colorScheme, reducedMotion: "reduce" });
      const { run } = largest().medoidInvocation;
      const views: [string, string][] = [
        ["/", ".results > li"],
        [resultPath(), ".clusters > li"],
        [`${resultPath()}/clusters/0`, ".members > li"],
        [`${resultPath()}/outliers`, ".members > li"],
        [`${resultPath()}/sweep`, ".sweep-table td:nth-of-type(4)"],
        [`${resultPath()}/merges`, ".dendrogram .branches"],
        [`/compare/${bare(sample)}/${bare(sample)}`, ".overlaps tbody tr"],
        [`/runs/${bare(run.id)}?result=${bare(sample)}`, ".step-cluster"],
        ["/results/nothing", "main p"],
        [`/results/${bare(sample).replace(/^.{8}/, "00000000")}`, ".empty"],
      ];
      for (const [path, part] of views) {
        await page.setViewportSize({ width: 1280, height: 900 });
        await page.goto(`${address}${path}`);
        await shown(page.locator(part).first());
        expect(await accessibilityFaults(page), path).toEqual([]);
        await page.setViewportSize({ width: 320, height: 700 });
        expect(await overflow(page), path).toBeLessThanOrEqual(0);
        expect(await accessibilityFaults(page), path).toEqual([]);
      }
      await page.goto(address);
      await page.getByRole("button", { name: "Cluster…" }).click();
      await page.getByText("More", { exact: true }).click();
      await expect.poll(() => page.locator("output").textContent(), patience).toContain("of memory");
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expectSilence({ page, ...rest });
    });
  });
});
