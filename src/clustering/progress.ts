/** The stages of a clustering, in order; REDUCING only with a reduction. */
export const clusteringStages = [
  "PREPARING",
  "REDUCING",
  "NEIGHBOURS",
  "SPANNING_TREE",
  "CLUSTERS",
  "MEDOIDS",
] as const;

export type Stage = (typeof clusteringStages)[number];

export interface Progress {
  stage: Stage;
  /** Share of the whole run that is done, 0 to 1; it never falls. */
  progress: number;
}

/** Expected seconds of each stage; only their ratios matter. */
export type StageTimes = Record<Stage, number>;

/** Reports per run at most, so that reporting costs next to nothing. */
const REPORTS = 200;

/** Converts the progress of a stage into the progress of the whole run, which never falls. */
export class ProgressReporter<Name extends string> {
  #reported = -1;
  #stage: Name | null = null;
  #times: Record<Name, number>;

  /** @param stages of the run, in order */
  constructor(
    private readonly stages: readonly Name[],
    private readonly send: (progress: { stage: Name; progress: number }) => void,
  ) {
    this.#times = Object.fromEntries(stages.map((stage) => [stage, 1])) as Record<Name, number>;
  }

  /** Sets the expected times of the stages, in seconds, as well as they are known so far; only their ratios matter. */
  expect(times: Record<Name, number>): void {
    this.#times = times;
  }

  /** @param done units of the stage's work that are done, out of `of` */
  report(stage: Name, done: number, of: number): void {
    let before = 0;
    let after = 0;
    const at = this.stages.indexOf(stage);
    this.stages.forEach((each, k) => {
      if (k < at) before += this.#times[each];
      else if (k > at) after += this.#times[each];
    });
    const total = before + this.#times[stage] + after;
    const share = of > 0 ? Math.min(1, done / of) : 1;
    const last = after === 0 && share === 1;
    const progress = last ? 1 : Math.min(0.999, (before + share * this.#times[stage]) / total);
    const enough = progress >= this.#reported + 1 / REPORTS || (last && this.#reported < 1);
    if (stage === this.#stage && !enough) return;
    this.#stage = stage;
    this.#reported = Math.max(this.#reported, progress);
    this.send({ stage, progress: this.#reported });
  }
}
