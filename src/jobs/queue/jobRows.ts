import type { Database } from "../../database/database.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import type { ClusteringResult, ClusteringStatus, Prisma } from "../../database/generated/sqlite/client.js";

/** What there is to know of a clustering before it is taken up. */
export interface ClusteringCandidate {
  id: string;
  status: ClusteringStatus;
  attempt: number;
  handedBack: number;
  leaseOwner: string | null;
  leaseExpiresAt: Date | null;
}

export type EndOfAttempt = Prisma.ClusteringResultUpdateManyMutationInput;

/** An end that the attempt has failed. */
export type FailedAttempt = EndOfAttempt & { failureCode: string; failureMessage: string };

export interface ClusteringRowsOptions {
  /** Whose leases these are: one a process. */
  owner: string;
  /** A worker that has not renewed its lease for so long is taken for dead. */
  leaseMilliseconds: number;
  /** Attempts that may end without a result, handed-back ones aside. */
  maxAttempts: number;
  /** The time by which leases are given and lapse, in milliseconds: the same for all processes. */
  now: () => number;
}

/**
 * How the row of a clustering moves from QUEUED to RUNNING and back, or on to its end. Each move is one conditional
 * update: of several processes that try it, one succeeds. A claim is a lease in the row and raises its attempt; whatever
 * is written for an attempt is conditional on its number.
 */
export interface ClusteringRows {
  /** The oldest clustering that waits or whose worker is gone, those of `except` aside. */
  oldest(except: string[]): Promise<ClusteringCandidate | null>;
  find(id: string): Promise<ClusteringCandidate | null>;
  /** All that have not ended, oldest first. */
  unfinished(): Promise<ClusteringCandidate[]>;
  /** Whether the candidate may be claimed now, as far as is known of it. */
  isClaimable(candidate: ClusteringCandidate): boolean;
  /** Whether an attempt has ended without a result: its process may have been lost through this very clustering. */
  isSuspect(candidate: Attempts): boolean;
  /** @returns null where another process has it, it has moved on, or its attempts are spent */
  claim(candidate: ClusteringCandidate): Promise<ClusteringResult | null>;
  /** Makes a candidate FAILED whose attempts are spent. @returns the failure's message; null where it did not */
  failIfSpent(candidate: ClusteringCandidate): Promise<string | null>;
  /** @returns false where the attempt is not the one that runs any more */
  renewLease(clustering: ClusteringResult): Promise<boolean>;
  /** @returns false where the attempt is not the one that runs any more */
  endAttempt(clustering: ClusteringResult, end: EndOfAttempt): Promise<boolean>;
  /** What to write for an attempt that failed, but may be repeated. */
  afterFailure(clustering: ClusteringResult, message: string): EndOfAttempt | FailedAttempt;
}

type Attempts = Pick<ClusteringCandidate, "attempt" | "handedBack">;

export function createClusteringRows(
  { prisma }: Database,
  { owner, leaseMilliseconds, maxAttempts, now }: ClusteringRowsOptions,
): ClusteringRows {
  const leaseEnd = () => new Date(now() + leaseMilliseconds);
  const claimable = (): Prisma.ClusteringResultWhereInput[] => [
    { status: "QUEUED" },
    { status: "RUNNING", leaseExpiresAt: { lt: new Date(now()) } },
  ];
  // Conditional on the attempt: of several processes that saw this candidate, one moves it on.
  const stillAs = ({ id, attempt }: ClusteringCandidate) => ({ id, attempt, OR: claimable() });
  const takenUp = ({ attempt, handedBack }: Attempts) => attempt - handedBack;

  async function updateMany(args: Prisma.ClusteringResultUpdateManyArgs): Promise<number> {
    const { count } = await retryWhenBusy(() => prisma.clusteringResult.updateMany(args));
    return count;
  }

  return {
    oldest: (except) =>
      prisma.clusteringResult.findFirst({
        where: { id: { notIn: except }, OR: claimable() },
        orderBy: oldestFirst,
        select: candidateColumns,
      }),
    find: (id) => prisma.clusteringResult.findUnique({ where: { id }, select: candidateColumns }),
    unfinished: () =>
      prisma.clusteringResult.findMany({
        where: { status: { in: ["QUEUED", "RUNNING"] } },
        orderBy: oldestFirst,
        select: candidateColumns,
      }),
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
      const clustering = await prisma.clusteringResult.findUnique({ where: { id } });
      return clustering?.attempt === attempt + 1 ? clustering : null;
    },

    async failIfSpent(candidate) {
      const times = takenUp(candidate);
      if (times < maxAttempts) return null;
      const message = `It was taken up ${times} times, and each time its worker ended without a result.`;
      const data = failure("ATTEMPTS_SPENT", message);
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
      return (await updateMany({ where: { id, attempt, status: "RUNNING" }, data: end })) > 0;
    },

    afterFailure(clustering, message) {
      const times = takenUp(clustering);
      if (times < maxAttempts) return queuedAgain;
      return failure(
        "ATTEMPTS_SPENT",
        `It was tried ${times} times; the last time it failed with: ${message}`,
      );
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
const queuedAgain = { ...withoutLease, status: "QUEUED" as const, progress: 0, startedAt: null };

/** Back to those that wait, which spends no attempt. */
export const handedBack: EndOfAttempt = { ...queuedAgain, handedBack: { increment: 1 } };

export function failure(code: string, message: string): FailedAttempt {
  return {
    ...withoutLease,
    status: "FAILED",
    finishedAt: new Date(),
    failureCode: code,
    failureMessage: message,
  };
}
