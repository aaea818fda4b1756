import { useSignal } from "@preact/signals";
import { usePages } from "../client/usePages.js";
import { type ResultSummaryFragment, results } from "../generated/operations.js";
import { ClusteringState } from "../parts/ClusteringState.js";
import { Dialog } from "../parts/Dialog.js";
import { ago } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Settings } from "../parts/Settings.js";
import { Link } from "../router/Link.js";
import { bareId } from "../router/route.js";

const pageSize = 50;

/** Chooses the clustering with which one is compared. @param props.result a clustering that has succeeded */
export function CompareButton({ result }: { result: ResultSummaryFragment }) {
  const asks = useSignal(false);
  return (
    <>
      <button type="button" onClick={() => (asks.value = true)}>
        Compare with…
      </button>
      {asks.value && (
        <Dialog title="Compare with" onClose={() => (asks.value = false)}>
          <OtherResults result={result} />
          <div class="dialog-actions">
            <button type="button" onClick={() => (asks.value = false)}>
              Cancel
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** The other clusterings that have succeeded, the newest first; each leads to the comparison with the earlier one. */
function OtherResults({ result }: { result: ResultSummaryFragment }) {
  const pages = usePages(results, { first: pageSize }, (data) => data.clusteringResults);
  const others = pages.edges
    .map(({ node }) => node)
    .filter(({ id, status }) => id !== result.id && status === "SUCCEEDED");
  const comparison = (other: ResultSummaryFragment) => {
    const [from, to] = other.createdAt < result.createdAt ? [other, result] : [result, other];
    return { view: "compare" as const, from: bareId(from.id), to: bareId(to.id) };
  };
  return (
    <>
      <FailureNotice failure={pages.failure} retry={pages.read} />
      {pages.data === undefined && !pages.failure && <Loading />}
      {pages.data && others.length === 0 && !pages.hasMore && <p>There is no other finished clustering.</p>}
      <ul class="other-results">
        {others.map((other) => (
          <li key={other.id}>
            <Link to={comparison(other)} class="cluster">
              <strong dir="auto">{other.embeddingModel.name}</strong>
              <span class="details">
                <span>{ago(other.createdAt)}</span>
                <Settings result={other} />
              </span>
              <ClusteringState state={other} />
            </Link>
          </li>
        ))}
      </ul>
      <MoreButton {...pages} />
    </>
  );
}
