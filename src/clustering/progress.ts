/** The stages of a clustering, in order. */
export type Stage = "PREPARING" | "NEIGHBOURS" | "SPANNING_TREE" | "CLUSTERS" | "MEDOIDS";

export interface Progress {
  stage: Stage;
  /** Share of the whole run that is done, 0 to 1; it never falls. */
  progress: number;
}

const STAGES: Stage[] = ["PREPARING", "NEIGHBOURS", "SPANNING_TREE", "CLUSTERS", "MEDOIDS"];

/** Expected seconds of each stage; only their ratios matter. */
export type StageTimes = Record<Stage, number>;

/** Reports per run at most, so that reporting costs next to nothing. */
const REPORTS = 200;

/** Converts the progress of a stage into the progress of the whole run, which never falls. */
export class ProgressReporter {
  #reported = -1;
  #stage: Stage | null = null;
  #times: StageTimes = { PREPARING: 1, NEIGHBOURS: 1, SPANNING_TREE: 1, CLUSTERS: 1, MEDOIDS: 1 };

  constructor(private readonly send: (progress: Progress) => void) {}

  /** Sets the expected times of the stages, as well as they are known so far. */
  expect(times: StageTimes): void {
    this.#times = times;
  }

  /** @param done units of the stage's work that are done, out of `of` */
  report(stage: Stage, done: number, of: number): void {
    let before = 0;
    let total = 0;
    for (const each of STAGES) {
      if (STAGES.indexOf(each) < STAGES.indexOf(stage)) before += this.#times[each];
      total += this.#times[each];
    }
    const share = of > 0 ? Math.min(1, done / of) : 1;
    const last = stage === "MEDOIDS" && share === 1;
    const progress = last ? 1 : Math.min(0.999, (before + share * this.#times[stage]) / total);
    const enough = progress >= this.#reported + 1 / REPORTS || (last && this.#reported < 1);
    if (stage === this.#stage && !enough) return;
    this.#stage = stage;
    this.#reported = Math.max(this.#reported, progress);
    this.send({ stage, progress: this.#reported });
  }
}
