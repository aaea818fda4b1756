import { signal } from "@preact/signals";
import { revision } from "./connection.js";

const storageName = "medoid:key";

/** The API key; it is kept until the tab is closed. */
export const apiKey = signal<string | null>(sessionStorage.getItem(storageName));

/**
 * Whether a key is asked for: "missing" if the server wants one, or the reader wants to give another, "refused" if the
 * one that was sent is not valid.
 */
export const keyNeeded = signal<"missing" | "refused" | null>(null);

/** Whether every request would be refused, because the server asks for a key, or for another than it was sent. */
export const awaitsKey = (): boolean =>
  keyNeeded.value === "refused" || (keyNeeded.value === "missing" && apiKey.value === null);

export function noteKeyNeeded(sent: string | null): void {
  if (sent !== apiKey.value) return; // another key was given meanwhile
  keyNeeded.value = sent === null ? "missing" : "refused";
}

/** Uses a key from now on, and reads everything again; null forgets the key. */
export function changeKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(storageName);
  else sessionStorage.setItem(storageName, key);
  apiKey.value = key;
  keyNeeded.value = null;
  revision.value++;
}
