/** What a clustering is doing. */
export type Stage = "PREPARING" | "NEIGHBOURS" | "SPANNING_TREE" | "CLUSTERS" | "MEDOIDS";

export interface Progress {
  stage: Stage;
  /** 0 to 1 over the whole run, never falling. */
  progress: number;
}

const STAGES: Stage[] = ["PREPARING", "NEIGHBOURS", "SPANNING_TREE", "CLUSTERS", "MEDOIDS"];

/** Seconds that each stage is expected to take; only their ratios matter. */
export type StageTimes = Record<Stage, number>;

/** At most this many reports a run, so that reporting costs nothing. */
const REPORTS = 200;

/** Turns "this much of this stage" into reports of the whole run that never fall. */
export class ProgressReporter {
  #reported = -1;
  #stage: Stage | null = null;
  #times: StageTimes = { PREPARING: 1, NEIGHBOURS: 1, SPANNING_TREE: 1, CLUSTERS: 1, MEDOIDS: 1 };

  constructor(private readonly send: (progress: Progress) => void) {}

  /** How long the stages will take, as far as is known by now. */
  expect(times: StageTimes): void {
    this.#times = times;
  }

  /** @param done of `of`, units of the stage's own */
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
