import { signal } from "@preact/signals";
import { root } from "./server.js";

/** Whether the server does not respond at the moment. */
export const unreachable = signal(false);

/** Grows when everything that is shown must be read again. */
export const revision = signal(0);

const firstWaitMilliseconds = 500;
const longestWaitMilliseconds = 5_000;
const heartbeatMilliseconds = 15_000;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Notes that a request got no response, and asks from now on until the server is there again. */
export async function noteUnreachable(): Promise<void> {
  if (unreachable.value) return;
  unreachable.value = true;
  let milliseconds = firstWaitMilliseconds;
  do {
    await wait(milliseconds);
    milliseconds = Math.min(1.5 * milliseconds, longestWaitMilliseconds);
  } while (!(await responds()));
  unreachable.value = false;
  revision.value++;
}

async function responds(): Promise<boolean> {
  try {
    // The page itself: what else the server serves may need a key, or be kept from outside by a proxy.
    return (await fetch(root, { method: "HEAD", cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

/** Notices, while the page is looked at, that the server is gone, and when it is looked at again, what has changed. */
export function watchServer(): void {
  setInterval(async () => {
    if (document.visibilityState === "visible" && !unreachable.value && !(await responds()))
      noteUnreachable();
  }, heartbeatMilliseconds);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !unreachable.value) revision.value++;
  });
}
