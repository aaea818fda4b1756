import { signal } from "@preact/signals";

/** The names of clusters on the map that is shown, by label, and the bare UUID of its clustering result. */
export const namesOnMap = signal<{ resultId: string; names: ReadonlyMap<number, string> } | null>(null);
