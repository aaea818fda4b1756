import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createServer } from "../../src/server/server.js";
import { readSettings } from "../../src/settings.js";
import { hexColour, mapColours } from "../../web/map/colours.js";
import { texts, writeExported } from "../export/exportedFixture.js";
import { uuid, writeMap } from "../fixtures.js";
import { findChromium } from "../server/pages/chromium.js";
import { type ServedFixture, serveFixture } from "../server/servedFixture.js";
import { groupedRows, openTemporaryApp, writeRun } from "../temporaryApp.js";
import { accessibilityFaults } from "./accessibility.js";
import { browserArguments, type OpenedPage, openPage, patience } from "./openPage.js";

// The map of a result in a browser, drawn by a processor instead of a graphics card.

const executablePath = findChromium();
const testMilliseconds = 240_000;
const resultPath = `/results/${uuid("ClusteringResult", 0)}`;

describe.skipIf(!executablePath)("the map in Chromium", { timeout: testMilliseconds }, () => {
  let browser: Browser;
  let served: ServedFixture;
  let opened: OpenedPage[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: browserArguments, timeout: patience.timeout });
    served = await serveFixture();
    await writeExported(served.fixture);
    await writeMap(served.fixture, { embeddings: 15 });
  }, testMilliseconds);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  afterEach(async () => {
    for (const each of opened) await each.close();
    opened = [];
  });

  async function open(path = resultPath, options: Parameters<typeof openPage>[2] = {}, at = served.address) {
    const page = await openPage(browser, `${at}${path}`, options);
    opened.push(page);
    return page;
  }

  /** Where the nth embedding is on the screen: the fixture places it at n, −n/2. */
  async function placeOf(page: Page, n: number): Promise<{ x: number; y: number }> {
    const box = (await page.locator(".map-surface").boundingBox())!;
    const padding = 56;
    const scale = Math.min((box.width - 2 * padding) / 14, (box.height - 2 * padding) / 7);
    return { x: box.x + box.width / 2 + (n - 7) * scale, y: box.y + box.height / 2 + (n / 2 - 3.5) * scale };
  }

  /** The colour of the screen there. */
  async function colourAt(page: Page, { x, y }: { x: number; y: number }): Promise<number[]> {
    const clip = { x: Math.round(x) - 1, y: Math.round(y) - 1, width: 3, height: 3 };
    const picture = (await page.screenshot({ clip, animations: "disabled" })).toString("base64");
    return page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(3, 3).getContext("2d")!;
      context.drawImage(bitmap, 0, 0);
      return [...context.getImageData(1, 1, 1, 1).data].slice(0, 3);
    }, picture);
  }

  /** How far two colours are apart in the channel in which they differ most. */
  const apart = (one: readonly number[], other: readonly number[]) =>
    Math.max(...one.map((channel, n) => Math.abs(channel - other[n])));

  const names = (page: Page) => page.locator(".map-name");
  const loaded = (page: Page) => names(page).first().waitFor({ state: "attached" });

  test.each(["light", "dark"] as const)(
    "has points in the colours of their clusters and the names of these, in the %s scheme",
    async (colorScheme) => {
      const { page, complaints, foreign } = await open(resultPath, { colorScheme });
      await loaded(page);
      await expect.poll(() => names(page).count(), patience).toBe(2);
      const { categories, background } = mapColours[colorScheme];
      for (const [n, colour] of [
        [1, categories[0]],
        [10, categories[1]],
      ] as const) {
        const at = await placeOf(page, n);
        const distance = async () => {
          const pixel = await colourAt(page, at);
          return [apart(pixel, colour) < apart(pixel, background), hexColour(colour)];
        };
        await expect.poll(distance, patience).toEqual([true, hexColour(colour)]);
      }
      expect(apart(await colourAt(page, await placeOf(page, 13)), background)).toBeGreaterThan(25); // an outlier, pale
      expect(
        apart(
          await colourAt(page, { ...(await placeOf(page, 1)), y: (await placeOf(page, 12)).y }),
          background,
        ),
      ).toBeLessThan(3);
      expect(complaints).toEqual([]);
      expect(foreign).toEqual([]);
    },
  );

  test("tells what is under the pointer, as text whatever markup it has, and a click leads to its cluster", async () => {
    const { page } = await open();
    await loaded(page);
    const at = await placeOf(page, 0);
    await expect
      .poll(async () => {
        await page.mouse.move(at.x + 1, at.y);
        await page.mouse.move(at.x, at.y);
        return page.locator(".map-tip").textContent();
      }, patience)
      .toContain(texts[0]!);
    expect(await page.locator(".map-tip").textContent()).toMatch(/prompt 0/);
    await page.mouse.click(at.x, at.y);
    await expect.poll(() => new URL(page.url()).pathname, patience).toBe(`${resultPath}/clusters/0`);
    await page.locator(".map-pinned").waitFor();
    await page.getByRole("link", { name: "Its run, over the map" }).click();
    await expect.poll(() => new URL(page.url()).pathname, patience).toBe(`/runs/${uuid("Run", 0)}`);
  });

  test("is moved by keys, which say where they lead, and select", async () => {
    const { page } = await open();
    await loaded(page);
    await page.locator(".map-surface").focus();
    await page.keyboard.press("ArrowRight");
    const said = () => page.locator(".map [aria-live]").textContent();
    const first = await said();
    expect(first).toMatch(/, (8|4)$/);
    await page.keyboard.press(first?.endsWith("8") ? "ArrowRight" : "ArrowLeft");
    await expect.poll(said, patience).not.toBe(first);
    const second = await said();
    await page.keyboard.press("Enter");
    const label = second?.endsWith("8") ? 0 : 1;
    await expect.poll(() => new URL(page.url()).pathname, patience).toBe(`${resultPath}/clusters/${label}`);
    await expect
      .poll(async () => {
        await page.locator(".map-surface").press("Escape"); // the cluster's part of the page takes the focus first
        return new URL(page.url()).pathname;
      }, patience)
      .toBe(resultPath);

    const width = () =>
      page.evaluate(() => {
        const [one, other] = [...document.querySelectorAll(".map-medoid")].map(
          (ring) => ring.getBoundingClientRect().x,
        );
        return Math.abs(one - other);
      });
    const whole = await width();
    await page.locator(".map-surface").focus();
    await page.keyboard.press("+");
    await expect.poll(width, patience).toBeGreaterThan(1.7 * whole);
    // The address has what is seen.
    await expect.poll(() => new URL(page.url()).searchParams.get("at"), patience).toMatch(/,1\.8$/);
    const enlarged = await width();
    await page.reload();
    await loaded(page);
    await expect.poll(width, patience).toBeCloseTo(enlarged, 0);
    await page.locator(".map-surface").focus();
    await page.keyboard.press("0");
    await expect.poll(width, patience).toBeCloseTo(whole, 0);
    await page.keyboard.press("-");
    await expect.poll(width, patience).toBeLessThan(0.6 * whole);
  });

  test("is coloured by cluster, network, prompt, model and step, with a legend, a click on which fades the others", async () => {
    const { page } = await open();
    await loaded(page);
    const legend = page.locator(".map-legend");
    const choose = (colouring: string) => page.getByLabel("Colour by").selectOption(colouring);
    for (const [colouring, words] of [
      ["network", /painter → viewer.*10.*sketcher → viewer.*5/],
      ["prompt", /prompt 0.*5.*prompt 1.*5.*prompt 2.*5/],
      ["model", /viewer.*15/],
      ["step", /step 1.*9/],
      ["cluster", /^outliers3$/],
    ] as const) {
      await choose(colouring);
      await expect.poll(() => legend.textContent(), patience).toMatch(words);
    }
    const at = await placeOf(page, 10);
    const [, second] = mapColours.light.categories;
    await expect.poll(async () => apart(await colourAt(page, at), second) < 60, patience).toBe(true);
    await legend.getByRole("button").first().click();
    await page.mouse.move(0, 0);
    await expect
      .poll(async () => apart(await colourAt(page, at), mapColours.light.background) < 40, patience)
      .toBe(true);
    expect(await accessibilityFaults(page)).toEqual([]);
    // The address has it.
    await choose("prompt");
    await expect.poll(() => new URL(page.url()).searchParams.get("colour"), patience).toBe("prompt");
    await page.reload();
    await expect.poll(() => legend.textContent(), patience).toMatch(/prompt 0/);
  });

  test("has most of its room for points where the window is narrow, and leads to what was selected", async () => {
    const { page } = await open(resultPath, { viewport: { width: 320, height: 640 } });
    await loaded(page);
    const heightOf = async (part: string) => (await page.locator(part).boundingBox())!.height;
    expect(await heightOf(".map-surface")).toBeGreaterThan(2 * (await heightOf(".map-bar")));
    await page.locator(".map-name").first().click();
    const isInView = () =>
      page.locator(".cluster-view h2").evaluate((title) => {
        const { top, bottom } = title.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      });
    await expect.poll(isInView, patience).toBe(true);
  });

  test("comes back after the browser took the graphics processor away", async () => {
    const { page } = await open();
    await loaded(page);
    const lose = (method: "loseContext" | "restoreContext") =>
      page.evaluate((method) => {
        const canvas = document.querySelector<HTMLCanvasElement>(".map-points")!;
        const shared = globalThis as { lost?: WEBGL_lose_context | null };
        shared.lost ??= canvas.getContext("webgl2")!.getExtension("WEBGL_lose_context");
        shared.lost![method]();
      }, method);
    const at = await placeOf(page, 1);
    const isDrawn = async () => apart(await colourAt(page, at), mapColours.light.categories[0]) < 60;
    await expect.poll(isDrawn, patience).toBe(true);
    await lose("loseContext");
    await page.getByText("The graphics processor is away").waitFor();
    await lose("restoreContext");
    await page.getByText("The graphics processor is away").waitFor({ state: "detached" });
    await expect.poll(isDrawn, patience).toBe(true);
  });

  test("says so where there is no WebGL 2, and still has the names", async () => {
    const { page } = await open("/");
    await page.addInitScript(() => {
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function (
        this: HTMLCanvasElement,
        kind: string,
        ...others: never[]
      ) {
        return kind === "webgl2" ? null : getContext.call(this, kind as never, ...others);
      } as never;
    });
    await page.goto(served.address + resultPath);
    await page.getByText("The points cannot be drawn here").waitFor();
    await expect.poll(() => names(page).count(), patience).toBe(2);
  });

  test.each([
    ["SVG", /^<svg [\s\S]*<\/svg>\n$/],
    ["PNG", /^\x89PNG/],
  ])("is saved as %s", async (format, content) => {
    const { page } = await open();
    await loaded(page);
    await page.getByText("Save map").click();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: format }).click();
    const chunks: Buffer[] = [];
    for await (const chunk of await (await saved).createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString("latin1")).toMatch(content);
  });

  test("is drawn on request, with its progress, also where another page has requested it", async () => {
    const temporary = await openTemporaryApp({ settings: readSettings({}) });
    await temporary.app.queue.start({ computes: false });
    const server = createServer(temporary.app);
    try {
      const address = await server.listen(0, "127.0.0.1");
      await writeRun(temporary.app, groupedRows(3, 30));
      const ask = async (query: string, variables: object) => {
        const response = await fetch(`${address}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ query, variables }),
        });
        return (await response.json()).data;
      };
      const { clusterEmbeddings } = await ask(
        `mutation($input: ClusterEmbeddingsInput!) { clusterEmbeddings(input: $input) { ... on ClusteringResult { id } } }`,
        { input: { embeddingModel: "Model", minClusterSize: 5 } },
      );
      const { id } = clusterEmbeddings;
      const worker = await temporary.openAnother();
      await worker.queue.start();
      const status = async () =>
        (await ask(`query($id: ID!) { clusteringResult(id: $id) { status } }`, { id })).clusteringResult
          .status;
      await expect.poll(status, patience).toBe("SUCCEEDED");
      await worker.queue.stop();

      const path = `/results/${id.split(":")[1]}`;
      const { page } = await open(path, {}, address);
      await page.getByRole("button", { name: "Draw the map" }).click();
      await page.getByText("The map waits for a worker").waitFor();
      const other = await open(path, {}, address);
      await other.page.getByText("The map waits for a worker").waitFor();
      const another = await temporary.openAnother();
      await another.queue.start();
      for (const each of [page, other.page]) {
        await loaded(each);
        await expect.poll(() => names(each).count(), patience).toBe(3);
      }
    } finally {
      await server.stop(0);
      await temporary.close();
    }
  });
});
