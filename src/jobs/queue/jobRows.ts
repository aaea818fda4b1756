import type { Database } from "../../database/database.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import type { JobStatus, Prisma } from "../../database/generated/sqlite/client.js";
import type { ClaimedJob, JobHandlers, JobMove, JobReference, Transaction } from "./handler.js";
import { moveJob, noLease } from "./moveJob.js";

/** What there is to know of a job before it is taken up. */
export interface JobCandidate extends JobReference {
  status: JobStatus;
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
  /** Of the kinds that this process takes up. */
  handlers: JobHandlers;
  /** Whose leases these are: one for each process. */
  owner: string;
  /** A worker that has not renewed its lease for this long is taken for dead. */
  leaseMilliseconds: number;
  /** Attempts that may end without a result, handed-back ones aside. */
  maxAttempts: number;
  /** The time by which leases are given and lapse, in milliseconds: the same for all processes. */
  now: () => number;
}

/** How this process reads and moves the rows of jobs: the states and moves are described in queue.ts. */
export interface JobRows {
  /** The oldest job of a kind that runs here which waits or whose worker is gone, those of `except` aside. */
  oldest(except: string[]): Promise<JobCandidate | null>;
  find(id: string): Promise<JobCandidate | null>;
  /** All of any kind that have not ended, oldest first. */
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
  /**
   * Ends an attempt as SUCCEEDED.
   * @param store writes its result in the same transaction
   * @returns false where the attempt is not the one that runs any more
   */
  succeed(job: ClaimedJob, store: (transaction: Transaction) => Promise<unknown>): Promise<boolean>;
  /** How an attempt ends that failed, but may be repeated. */
  afterFailure(job: ClaimedJob, message: string): JobEnd;
}

type Attempts = Pick<JobCandidate, "attempt" | "handedBack">;

export function createJobRows(
  { prisma }: Database,
  { handlers, owner, leaseMilliseconds, maxAttempts, now }: JobRowsOptions,
): JobRows {
  const leaseEnd = () => new Date(now() + leaseMilliseconds);
  const claimable = (): Prisma.JobWhereInput[] => [
    { status: "QUEUED" },
    { status: "RUNNING", leaseExpiresAt: { lt: new Date(now()) } },
  ];
  // Conditional on the attempt: of several processes that saw this candidate, one moves it on.
  const stillAs = ({ id, attempt }: JobCandidate) => ({ id, attempt, OR: claimable() });
  const running = ({ id, attempt }: ClaimedJob) => ({ id, attempt, status: "RUNNING" as const });
  const takenUp = ({ attempt, handedBack }: Attempts) => attempt - handedBack;

  /** Moves a job that fulfils the condition, and what clients see of it. @returns whether it did */
  async function move(
    { kind, subjectId }: JobReference,
    where: Prisma.JobWhereInput,
    data: Prisma.JobUpdateManyMutationInput,
    to: JobMove,
  ): Promise<boolean> {
    const handler = handlers.get(kind);
    if (!handler) return false;
    return moveJob(prisma, where, data, (transaction) => handler.writeMove(transaction, subjectId, to));
  }

  return {
    oldest: (except) =>
      prisma.job.findFirst({
        where: { id: { notIn: except }, kind: { in: [...handlers.keys()] }, OR: claimable() },
        orderBy: oldestFirst,
        select: candidateColumns,
      }),
    find: (id) => prisma.job.findUnique({ where: { id }, select: candidateColumns }),
    unfinished: () =>
      prisma.job.findMany({
        where: { status: { in: ["QUEUED", "RUNNING"] } },
        orderBy: oldestFirst,
        select: candidateColumns,
      }),
    isClaimable: ({ status, leaseExpiresAt }) =>
      status === "QUEUED" || (status === "RUNNING" && leaseExpiresAt !== null && +leaseExpiresAt < now()),
    isSuspect: (candidate) => takenUp(candidate) > 0,

    async claim(candidate) {
      if (takenUp(candidate) >= maxAttempts) return null;
      const { id, kind, subjectId, handedBack } = candidate;
      const attempt = candidate.attempt + 1;
      const lease = { leaseOwner: owner, leaseExpiresAt: leaseEnd() };
      const claimed = await move(
        candidate,
        stillAs(candidate),
        { status: "RUNNING", attempt, ...lease },
        { status: "RUNNING", attempt },
      );
      return claimed ? { id, kind, subjectId, attempt, handedBack } : null;
    },

    async failIfSpent(candidate) {
      const times = takenUp(candidate);
      if (times < maxAttempts) return null;
      const message = `It was taken up ${times} times, and each time its worker ended without a result.`;
      const end = { status: "FAILED", code: attemptsSpent, message } as const;
      const failed = await move(candidate, stillAs(candidate), { ...noLease, status: "FAILED" }, end);
      return failed ? message : null;
    },

    async renewLease(job) {
      const renewal = { where: { ...running(job), leaseOwner: owner }, data: { leaseExpiresAt: leaseEnd() } };
      const { count } = await retryWhenBusy(() => prisma.job.updateMany(renewal));
      return count > 0;
    },

    endAttempt(job, end) {
      const { status } = end;
      const handedBack = status === "QUEUED" && end.handedBack ? { increment: 1 } : undefined;
      return move(job, running(job), { ...noLease, status, handedBack }, end);
    },

    succeed: (job, store) => moveJob(prisma, running(job), { ...noLease, status: "SUCCEEDED" }, store),

    afterFailure(job, reason) {
      const times = takenUp(job);
      if (times < maxAttempts) return { status: "QUEUED", handedBack: false };
      const message = `It was tried ${times} times; the last time it failed with: ${reason}`;
      return { status: "FAILED", code: attemptsSpent, message };
    },
  };
}

const attemptsSpent = "ATTEMPTS_SPENT";
const oldestFirst = [{ createdAt: "asc" as const }, { id: "asc" as const }];
const candidateColumns = {
  id: true,
  kind: true,
  subjectId: true,
  status: true,
  attempt: true,
  handedBack: true,
  leaseOwner: true,
  leaseExpiresAt: true,
} as const;
