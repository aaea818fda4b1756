import { type Signal, signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { scrollToPlace } from "./scrolling.js";

// What the page keeps for each entry of the tab's history, so that the browser's buttons lead back to the place where
// one was: how far the page was scrolled, and what was read.

interface HistoryEntry {
  /** Pixels from the top. */
  scrolled: number;
  /** What views keep, by their own names. */
  kept: Map<string, Signal<unknown>>;
}

/** What the browser keeps with an entry, also when the page is reloaded. */
interface EntryState {
  /** The number of the entry in the history of this page. */
  entry: number;
  scrolled?: number;
}

/** For how many entries before the present one the lists that were read are kept; earlier ones read them again. */
const mostKept = 10;

const entries = new Map<number, HistoryEntry>();
const initial = history.state as EntryState | null;
let current = initial?.entry ?? 0;
/** Whether the page was open before at this entry. */
export const wasReloaded = initial?.scrolled !== undefined;

// The browser scrolls before what was read is there.
history.scrollRestoration = "manual";
history.replaceState(currentEntry(), "");
entryOf(current).scrolled = initial?.scrolled ?? 0;
if (wasReloaded) returnToPlace();
addEventListener("pagehide", () =>
  history.replaceState({ ...currentEntry(), scrolled: scrollY } satisfies EntryState, ""),
);

function entryOf(number: number): HistoryEntry {
  let entry = entries.get(number);
  if (!entry) {
    entry = { scrolled: 0, kept: new Map() };
    entries.set(number, entry);
  }
  return entry;
}

/** The state that the browser keeps with the present entry. */
export function currentEntry(): EntryState {
  return { entry: current };
}

/** Begins an entry after the present one. @returns the state that the browser is to keep with it */
export function enterNewEntry(): EntryState {
  current++;
  for (const [number, { kept }] of entries) {
    if (number >= current) entries.delete(number);
    else if (number < current - mostKept) kept.clear();
  }
  return currentEntry();
}

/** Notes that the browser has gone to another entry. */
export function enterEntry(): void {
  current = (history.state as EntryState | null)?.entry ?? 0;
}

/** Notes how far the view of the present entry is scrolled. */
export function rememberPlace(): void {
  entryOf(current).scrolled = scrollY;
}

/** Scrolls to where the view of the present entry was. */
export function returnToPlace(): void {
  const { scrolled } = entryOf(current);
  scrollToPlace(() => scrolled);
}

/**
 * A signal that is kept with the entry of the history: who comes back finds the value that it had.
 * @param name tells it apart from the others of the view
 */
export function useKept<Value>(name: string, first: Value): Signal<Value> {
  return useMemo(() => {
    const { kept } = entryOf(current);
    if (!kept.has(name)) kept.set(name, signal(first));
    return kept.get(name) as Signal<Value>;
  }, []);
}
