import type { MemberFragment } from "../generated/operations.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { distanceText } from "../parts/format.js";
import { Output } from "../parts/Output.js";
import { Link } from "../router/Link.js";
import { look } from "../router/location.js";
import { bareId } from "../router/route.js";

export interface ListedMember {
  member: MemberFragment;
  /** The number that the list is ordered by, and its name. */
  score: { name: string; value: number };
  isMedoid?: boolean;
  /** The cluster that an outlier meets first, and at which distance. */
  meets?: { label: number; distance: number } | null;
}

/** Embeddings with the outputs that they are of. */
export function MemberList({ resultId, members }: { resultId: string; members: readonly ListedMember[] }) {
  return (
    <ol class="members">
      {members.map(({ member: { id, invocation }, score, isMedoid, meets }) => (
        <li
          key={id}
          class={isMedoid ? "is-medoid" : undefined}
          aria-current={bareId(id) === look.value.point || undefined}
        >
          <Output invocation={invocation} isLink />
          <span class="details">
            {isMedoid && <strong>medoid</strong>}
            <span>
              {score.name} {score.value.toFixed(2)}
            </span>
            {meets && (
              <span>
                meets{" "}
                <span class="cluster-link">
                  <ClusterMark label={meets.label} />{" "}
                  <Link to={{ view: "cluster", result: resultId, label: meets.label }}>
                    cluster {meets.label}
                  </Link>
                </span>{" "}
                first, at {distanceText(meets.distance)}
              </span>
            )}
            <StepLink resultId={resultId} invocation={invocation} />
          </span>
        </li>
      ))}
    </ol>
  );
}

export interface StepLinkProps {
  resultId: string;
  invocation: { sequenceNumber: number; model: string; run: { id: string; initialPrompt: string } };
}

/** Leads to an invocation among the steps of its run. */
export function StepLink({ resultId, invocation: { sequenceNumber, model, run } }: StepLinkProps) {
  return (
    <Link
      to={{ view: "run", run: bareId(run.id), result: resultId, step: sequenceNumber }}
      title={run.initialPrompt}
    >
      step {sequenceNumber}, <span dir="auto">{model}</span>
    </Link>
  );
}
