import type { ResultSummaryFragment } from "../generated/operations.js";
import { filterTexts, parameterTexts } from "./parameters.js";

type Clustered = Pick<ResultSummaryFragment, "filter" | "algorithm" | "parameters">;

/** What was clustered and how, as a series of short texts. */
export function Settings({ result }: { result: Clustered }) {
  const filters = filterTexts(result.filter);
  const texts = [...(filters.length > 0 ? filters : ["all embeddings"]), ...parameterTexts(result)];
  return (
    <>
      {texts.map((text) => (
        <span key={text} dir="auto">
          {text}
        </span>
      ))}
    </>
  );
}
