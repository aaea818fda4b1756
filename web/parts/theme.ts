import { signal } from "@preact/signals";
import type { Theme } from "../map/colours.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** The colour scheme that the reader prefers. */
export const theme = signal<Theme>(dark.matches ? "dark" : "light");

dark.addEventListener("change", () => {
  theme.value = dark.matches ? "dark" : "light";
});
