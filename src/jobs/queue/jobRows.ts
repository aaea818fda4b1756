import type { Database } from "../../database/database.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import type { ClusteringStatus, Prisma } from "../../database/generated/sqlite/client.js";
import type { ClaimedJob, JobReference } from "./handler.js";

/** What there is to know of a job before it is taken up. */
export interface JobCandidate extends JobReference {
  status: ClusteringStatus;
  attempt: number;
  handedBack: number;
  leaseOwner: string | null;
  leaseExpiresAt: Date | null;
}

/** How an attempt ends that has no result: the job waits again, or has failed. */
export type JobEnd =
  | { status: "QUEUED"; handedBack: boolean }
  | { status: "FAILED"; code: string; message: string };

export interface JobRowsOptions {
  /** Whose leases these are: one for each process. */
  owner: string;
  /** A worker that has not renewed its lease for this long is taken for dead. */
  leaseMilliseconds: number;
  /** Attempts that may end without a result, handed-back ones aside. */
  maxAttempts: number;
  /** The time by which leases are given and lapse, in milliseconds: the same for all processes. */
  now: () => number;
}

/**
 * How the row of a job moves from QUEUED to RUNNING and back, or on to its end. Each move is one conditional update: of
 * several processes that try it, one succeeds. A claim is a lease in the row and raises its attempt; whatever is written
 * for an attempt is conditional on its number.
 */
export interface JobRows {
  /** The oldest job that waits or whose worker is gone, those of `except` aside. */
  oldest(except: string[]): Promise<JobCandidate | null>;
  find(id: string): Promise<JobCandidate | null>;
  /** All that have not ended, oldest first. */
  unfinished(): Promise<JobCandidate[]>;
  /** Whether the candidate may be claimed now, as far as is known of it. */
  isClaimable(candidate: JobCandidate): boolean;
  /** Whether an attempt has ended without a result: its process may have been lost through this very job. */
  isSuspect(candidate: Attempts): boolean;
  /** @returns null where another process has it, it has moved on, or its attempts are spent */
  claim(candidate: JobCandidate): Promise<ClaimedJob | null>;
  /** Makes a candidate FAILED whose attempts are spent. @returns the failure's message; null where it did not */
  failIfSpent(candidate: JobCandidate): Promise<string | null>;
  /** @returns false where the attempt is not the one that runs any more */
  renewLease(job: ClaimedJob): Promise<boolean>;
  /** @returns false where the attempt is not the one that runs any more */
  endAttempt(job: ClaimedJob, end: JobEnd): Promise<boolean>;
  /** How an attempt ends that failed, but may be repeated. */
  afterFailure(job: ClaimedJob, message: string): JobEnd;
}

type Attempts = Pick<JobCandidate, "attempt" | "handedBack">;

export function createJobRows(
  { prisma }: Database,
  { owner, leaseMilliseconds, maxAttempts, now }: JobRowsOptions,
): JobRows {
  const leaseEnd = () => new Date(now() + leaseMilliseconds);
  const claimable = (): Prisma.ClusteringResultWhereInput[] => [
    { status: "QUEUED" },
    { status: "RUNNING", leaseExpiresAt: { lt: new Date(now()) } },
  ];
  // Conditional on the attempt: of several processes that saw this candidate, one moves it on.
  const stillAs = ({ id, attempt }: JobCandidate) => ({ id, attempt, OR: claimable() });
  const takenUp = ({ attempt, handedBack }: Attempts) => attempt - handedBack;

  async function updateMany(args: Prisma.ClusteringResultUpdateManyArgs): Promise<number> {
    const { count } = await retryWhenBusy(() => prisma.clusteringResult.updateMany(args));
    return count;
  }

  return {
    oldest: async (except) =>
      asJob(
        await prisma.clusteringResult.findFirst({
          where: { id: { notIn: except }, OR: claimable() },
          orderBy: oldestFirst,
          select: candidateColumns,
        }),
      ),
    find: async (id) =>
      asJob(await prisma.clusteringResult.findUnique({ where: { id }, select: candidateColumns })),
    async unfinished() {
      const rows = await prisma.clusteringResult.findMany({
        where: { status: { in: ["QUEUED", "RUNNING"] } },
        orderBy: oldestFirst,
        select: candidateColumns,
      });
      return rows.map((row) => asJob(row) as JobCandidate);
    },
    isClaimable: ({ status, leaseExpiresAt }) =>
      status === "QUEUED" || (status === "RUNNING" && leaseExpiresAt !== null && +leaseExpiresAt < now()),
    isSuspect: (candidate) => takenUp(candidate) > 0,

    async claim(candidate) {
      if (takenUp(candidate) >= maxAttempts) return null;
      const { id, attempt } = candidate;
      const claimed = await updateMany({
        where: stillAs(candidate),
        data: {
          status: "RUNNING",
          stage: "LOADING",
          progress: 0,
          attempt: attempt + 1,
          startedAt: new Date(),
          leaseOwner: owner,
          leaseExpiresAt: leaseEnd(),
        },
      });
      if (claimed === 0) return null;
      const { kind, subjectId, handedBack } = candidate;
      return { id, kind, subjectId, attempt: attempt + 1, handedBack };
    },

    async failIfSpent(candidate) {
      const times = takenUp(candidate);
      if (times < maxAttempts) return null;
      const message = `It was taken up ${times} times, and each time its worker ended without a result.`;
      const data = written({ status: "FAILED", code: "ATTEMPTS_SPENT", message });
      return (await updateMany({ where: stillAs(candidate), data })) > 0 ? message : null;
    },

    async renewLease({ id, attempt }) {
      const renewed = await updateMany({
        where: { id, attempt, status: "RUNNING", leaseOwner: owner },
        data: { leaseExpiresAt: leaseEnd() },
      });
      return renewed > 0;
    },

    async endAttempt({ id, attempt }, end) {
      return (await updateMany({ where: { id, attempt, status: "RUNNING" }, data: written(end) })) > 0;
    },

    afterFailure(job, reason) {
      const times = takenUp(job);
      if (times < maxAttempts) return { status: "QUEUED", handedBack: false };
      const message = `It was tried ${times} times; the last time it failed with: ${reason}`;
      return { status: "FAILED", code: "ATTEMPTS_SPENT", message };
    },
  };
}

const oldestFirst = [{ createdAt: "asc" as const }, { id: "asc" as const }];
const candidateColumns = {
  id: true,
  status: true,
  attempt: true,
  handedBack: true,
  leaseOwner: true,
  leaseExpiresAt: true,
} as const;

const withoutLease = { stage: null, leaseOwner: null, leaseExpiresAt: null };

function written(end: JobEnd): Prisma.ClusteringResultUpdateManyMutationInput {
  if (end.status === "FAILED") {
    const { code: failureCode, message: failureMessage } = end;
    return { ...withoutLease, status: "FAILED", finishedAt: new Date(), failureCode, failureMessage };
  }
  const waits = { ...withoutLease, status: "QUEUED" as const, progress: 0, startedAt: null };
  return end.handedBack ? { ...waits, handedBack: { increment: 1 } } : waits;
}

function asJob(row: Omit<JobCandidate, "kind" | "subjectId"> | null): JobCandidate | null {
  return row && { ...row, kind: "clustering", subjectId: row.id };
}
