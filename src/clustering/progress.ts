/** What a clustering is doing. */
export type Stage = "PREPARING" | "NEIGHBOURS" | "SPANNING_TREE" | "CLUSTERS" | "MEDOIDS";

export interface Progress {
  stage: Stage;
  /** 0 to 1 over the whole run, never falling. */
  progress: number;
}

/** The share of the run that lies before each stage, and at its end. */
export interface StageShares {
  from: number;
  to: number;
}

/** At most this many reports a run, so that reporting costs nothing. */
const REPORTS = 200;

/** Turns "this much of this stage" into reports of the whole run that never fall. */
export class ProgressReporter {
  #reported = -1;
  #stage: Stage | null = null;

  constructor(
    private readonly shares: Record<Stage, StageShares>,
    private readonly send: (progress: Progress) => void,
  ) {}

  /** @param done of `of`, units of the stage's own */
  report(stage: Stage, done: number, of: number): void {
    const { from, to } = this.shares[stage];
    const progress = from + (of > 0 ? Math.min(1, done / of) : 1) * (to - from);
    const enough = progress >= this.#reported + 1 / REPORTS || (progress >= 1 && this.#reported < 1);
    if (stage === this.#stage && !enough) return;
    this.#stage = stage;
    this.#reported = Math.max(this.#reported, progress);
    this.send({ stage, progress: this.#reported });
  }
}
