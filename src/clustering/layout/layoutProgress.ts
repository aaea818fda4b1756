/** The stages of a layout, in order; PLACING only where a subset of the rows is laid out. */
export const layoutStages = ["PREPARING", "NEIGHBOURS", "GRAPH", "STEPS", "PLACING"] as const;

export type LayoutStage = (typeof layoutStages)[number];

export interface LayoutProgress {
  stage: LayoutStage;
  /** Share of the whole run that is done, 0 to 1; it never falls. */
  progress: number;
}
