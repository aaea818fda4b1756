import type { RunSource } from "../runSource.js";
import { openPanicTda, type PanicTdaDatabase } from "./database.js";
import { panicTdaRuns } from "./runs.js";
import { type PanicTdaSurvey, surveyPanicTda } from "./survey.js";

/**
 * The runs of a database of ANUcybernetics/panic-tda in any of its layouts.
 *
 * @param path of the SQLite file, which is only read
 * @throws RunFileError if the file is not such a database or cannot be read
 */
export function panicTdaSource(path: string): RunSource {
  return sourceOf(openPanicTda(path));
}

/** The runs of a database that is open; the source closes it. */
export function sourceOf(database: PanicTdaDatabase): RunSource {
  let survey: PanicTdaSurvey;
  return {
    survey(skipped, reporter) {
      survey = database.read(() => surveyPanicTda(database, skipped, reporter));
      return survey.rows;
    },
    useDimensions(dimensions) {
      for (const [model, count] of dimensions) survey.dimensions.set(model, count);
    },
    runs: () => panicTdaRuns(database, survey),
    refuseChanges: () => database.refuseChanges(),
    close: () => database.close(),
  };
}
