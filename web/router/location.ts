import { signal } from "@preact/signals";
import { root } from "../client/server.js";
import {
  currentEntry,
  enterEntry,
  enterNewEntry,
  rememberPlace,
  returnToPlace,
  wasReloaded,
} from "./historyEntries.js";
import { isSamePage, type Route, readRoute, routeAddress } from "./route.js";
import { stopScrolling } from "./scrolling.js";

type Known = Exclude<Route, { view: "unknown" }>;

/** The view that is shown. */
export const route = signal<Route>(readRoute(new URL(location.href), root));

/**
 * How the view was reached: by opening the page, by a link within it, or by the browser's buttons or a reload, which
 * lead back to the place where one was.
 */
export let arrival: "opened" | "reloaded" | "link" | "history" = wasReloaded ? "reloaded" : "opened";

type Look = Readonly<Record<"colour" | "at" | "point" | "selected", string | null>>;

/**
 * How the view is looked at, which is in the address besides: by what its map is coloured, which part of the map is
 * seen, which point of it is selected, and which cluster of two clusterings that are compared.
 */
export const look = signal<Look>(lookOf(location.href));

addEventListener("popstate", () => {
  rememberPlace();
  enterEntry();
  arrival = "history";
  look.value = lookOf(location.href);
  route.value = readRoute(new URL(location.href), root);
  returnToPlace();
});

interface Navigation {
  /** Whether the present address is not to be returned to. */
  replaces?: boolean;
  /** The point that is selected on the map of the view; null for none. */
  point?: string | null;
}

export function navigate(to: Known, { replaces = false, point = null }: Navigation = {}): void {
  const staysOnPage = isSamePage(route.peek(), to);
  const address = routeAddress(to, root);
  if (staysOnPage) {
    // Another part of a page is looked at as the one before.
    for (const name of ["colour", "at"] as const) setOrDelete(address, name, look.peek()[name]);
  }
  setOrDelete(address, "point", point);
  const { href } = address;
  rememberPlace();
  arrival = "link";
  if (replaces || href === location.href) history.replaceState(currentEntry(), "", href);
  else history.pushState(enterNewEntry(), "", href);
  look.value = lookOf(href);
  route.value = to;
  stopScrolling();
  if (!staysOnPage) scrollTo(0, 0);
}

/** Notes in the address how the view is looked at; null is what it need not say. */
export function changeLook(changes: Partial<Look>): void {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) setOrDelete(address, name, value);
  if (address.href === location.href) return;
  history.replaceState(currentEntry(), "", address);
  look.value = lookOf(address.href);
}

function setOrDelete({ searchParams }: URL, name: string, value: string | null): void {
  if (value === null) searchParams.delete(name);
  else searchParams.set(name, value);
}

export const addressOf = (to: Known): string => routeAddress(to, root).href;

function lookOf(href: string): Look {
  const { searchParams } = new URL(href);
  return {
    colour: searchParams.get("colour"),
    at: searchParams.get("at"),
    point: searchParams.get("point"),
    selected: searchParams.get("selected"),
  };
}
