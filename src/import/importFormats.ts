/** The formats that can be imported, as options name them. */
export const importFormats = ["table", "openinference", "langfuse", "runs", "panic-tda"] as const;

export type ImportFormat = (typeof importFormats)[number];
