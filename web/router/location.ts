import { signal } from "@preact/signals";
import { root } from "../client/server.js";
import { type Route, readRoute, routeAddress } from "./route.js";

type Known = Exclude<Route, { view: "unknown" }>;

/** The view that is shown. */
export const route = signal<Route>(readRoute(new URL(location.href), root));

/** Whether the view was reached within the page, rather than by opening the page. */
export let navigated = false;

addEventListener("popstate", () => {
  navigated = true;
  route.value = readRoute(new URL(location.href), root);
});

/** @param replaces whether the present address is not to be returned to */
export function navigate(to: Known, { replaces = false } = {}): void {
  const { href } = routeAddress(to, root);
  navigated = true;
  if (replaces || href === location.href) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  route.value = to;
  scrollTo(0, 0);
}

export const addressOf = (to: Known): string => routeAddress(to, root).href;
