import type { RunSource } from "../runSource.js";
import { openPanicTda } from "./database.js";
import { panicTdaRuns } from "./runs.js";
import { type PanicTdaSurvey, surveyPanicTda } from "./survey.js";

/**
 * The runs of a database of ANUcybernetics/panic-tda in any of its layouts.
 *
 * @param path of the SQLite file, which is only read
 * @throws RunFileError if the file is not such a database or cannot be read
 */
export function panicTdaSource(path: string): RunSource {
  const database = openPanicTda(path);
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
