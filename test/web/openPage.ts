import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Beside a whole suite, a browser is slow. */
export const patience = { timeout: 60_000, interval: 50 };

/** The map is drawn by a processor, and by the browser's own process: otherwise the browser complains of its driver. */
export const browserArguments = [
  "--disable-dev-shm-usage", // /dev/shm is small in containers
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
];

export interface OpenedPage {
  page: Page;
  /** What the browser said: messages of the console, errors, requests that failed. */
  complaints: string[];
  /** The requests that the page sent to any other server. */
  foreign: string[];
  close(): Promise<void>;
}

/** Opens the page at an address as somebody who was never there before. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(patience.timeout);
  const page = await context.newPage();
  const complaints: string[] = [];
  const foreign: string[] = [];
  const { origin } = new URL(address);
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    const text = request.failure()?.errorText ?? "";
    if (!text.includes("ERR_ABORTED")) complaints.push(`${request.url()} ${text}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && !["data:", "blob:"].includes(url.protocol)) foreign.push(request.url());
  });
  await page.goto(address);
  return { page, complaints, foreign, close: () => context.close() };
}

/** How much wider the content is than the window, in pixels. */
export const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
