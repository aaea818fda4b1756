import type { Failure } from "../client/failure.js";
import { FailureNotice, Notice } from "../parts/Notice.js";

interface TreeFailureProps {
  failure: Failure | null;
  /** Global id of the clustering result. */
  id: string;
  /** What is not shown therefore, as the beginning of a sentence. */
  what: string;
  retry(): void;
}

const reasons: Record<string, string> = {
  TREE_MISSING:
    "This clustering has no stored spanning tree: it is older than stored trees, or its tree would be larger than 2 GB.",
  TREE_UNREADABLE:
    "The stored spanning tree of this clustering is damaged. The clusters themselves are not affected.",
};

/** The failure of what is computed from a clustering's spanning tree; if there is none that can be read, what to do. */
export function TreeFailure({ failure, id, what, retry }: TreeFailureProps) {
  const reason = reasons[failure?.code ?? ""];
  if (reason === undefined) return <FailureNotice failure={failure} retry={retry} />;
  return (
    <Notice>
      <div class="tree-failure">
        <p>
          {what} not shown. {reason}
        </p>
        <p>
          This computes the clustering again, and stores its tree if everything is equal and the tree is at
          most 2 GB:
        </p>
        <pre>medoid verify {id} --store-tree</pre>
        <button type="button" onClick={retry}>
          Try again
        </button>
      </div>
    </Notice>
  );
}
