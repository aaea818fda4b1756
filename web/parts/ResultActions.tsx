import { useSignal } from "@preact/signals";
import { execute } from "../client/execute.js";
import { cancelResult, deleteResult, type ResultSummaryFragment } from "../generated/operations.js";
import { ClusteringState, isUnfinished } from "./ClusteringState.js";
import { Dialog } from "./Dialog.js";
import { dateAndTime } from "./format.js";
import { Notice } from "./Notice.js";

interface ResultActionsProps {
  result: ResultSummaryFragment;
  /** Called when the result has been cancelled or deleted, or turned out to be gone. */
  changed(what: "cancelled" | "deleted"): void;
}

/** Cancels a clustering that has not finished, and deletes one that has, after asking. */
export function ResultActions({ result, changed }: ResultActionsProps) {
  const asks = useSignal(false);
  const isWorking = useSignal(false);
  const message = useSignal<string | null>(null);
  async function work(what: "cancelled" | "deleted"): Promise<void> {
    if (isWorking.peek()) return;
    isWorking.value = true;
    message.value = null;
    try {
      const { id } = result;
      const outcome =
        what === "cancelled"
          ? (await execute(cancelResult, { id })).cancelClustering
          : (await execute(deleteResult, { id })).deleteClusteringResult;
      if (outcome && "message" in outcome && outcome.__typename !== "NotFoundError") {
        message.value = outcome.message;
      } else {
        asks.value = false;
        changed(what);
      }
    } catch (error) {
      message.value = (error as Error).message;
    } finally {
      isWorking.value = false;
    }
  }
  const complaint = message.value !== null && (
    <Notice isError>
      <span dir="auto">{message.value}</span>
    </Notice>
  );
  if (isUnfinished(result)) {
    return (
      <>
        <button type="button" onClick={() => work("cancelled")} aria-disabled={isWorking.value}>
          Cancel
        </button>
        {complaint}
      </>
    );
  }
  return (
    <>
      <button type="button" class="danger" onClick={() => (asks.value = true)}>
        Delete
      </button>
      {asks.value && (
        <Dialog title="Delete this clustering?" onClose={() => (asks.value = false)}>
          <p>
            The clustering of <strong dir="auto">{result.embeddingModel.name}</strong> of{" "}
            {dateAndTime(result.createdAt)}, with its clusters and assignments, cannot be brought back. The
            runs and their embeddings stay.
          </p>
          <ClusteringState state={result} />
          {complaint}
          <div class="dialog-actions">
            <button type="button" onClick={() => (asks.value = false)}>
              Keep
            </button>
            <button
              type="button"
              class="danger primary"
              onClick={() => work("deleted")}
              aria-disabled={isWorking.value}
            >
              Delete
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
