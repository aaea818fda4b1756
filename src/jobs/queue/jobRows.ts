import type { Database } from "../../database/database.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import type { JobStatus, Prisma } from "../../database/generated/sqlite/client.js";
import type { ClaimedJob, JobHandlers, JobMove, JobReference, Transaction } from "./handler.js";
import { moveJob, noLease } from "./moveJob.js";

/** A job's row as it is read before a claim. */
export interface JobCandidate extends JobReference {
  status: JobStatus;
  attempt: number;
  handedBack: number;
  leaseOwner: string | null;
  leaseExpiresAt: Date | null;
}

/** The outcome of an attempt without a result: the job waits again, or has failed. */
export type JobEnd =
  | { status: "QUEUED"; handedBack: boolean }
  | { status: "FAILED"; code: string; message: string };

export interface JobRowsOptions {
  /** The handlers of the kinds that this process takes up. */
  handlers: JobHandlers;
  /** The owner of the leases, unique to each process. */
  owner: string;
  /** Milliseconds without a renewal after which a lease lapses, and its worker is considered gone. */
  leaseMilliseconds: number;
  /** Maximum number of attempts that end without a result, not counting those that were handed back. */
  maxAttempts: number;
  /** The time by which leases are given and lapse, in milliseconds since 1970: the same for all processes. */
  now: () => number;
}

/** Reads and moves the rows of jobs for this process. The states and moves are described in queue.ts. */
export interface JobRows {
  /**
   * The oldest job of a kind that runs here that waits or whose worker is gone, except those with an id in
   * `except`.
   */
  oldest(except: string[]): Promise<JobCandidate | null>;
  find(id: string): Promise<JobCandidate | null>;
  /** All jobs of any kind that have not ended, oldest first. */
  unfinished(): Promise<JobCandidate[]>;
  /** Whether the candidate, as it was read, can be claimed now. */
  isClaimable(candidate: JobCandidate): boolean;
  /** Whether an attempt has ended without a result: this job may have made its process crash. */
  isSuspect(candidate: Attempts): boolean;
  /** @returns null if another process has the job, its status has changed, or its attempts are spent */
  claim(candidate: JobCandidate): Promise<ClaimedJob | null>;
  /**
   * Makes a candidate FAILED if its attempts are spent. @returns the failure's message; null if it did not
   */
  failIfSpent(candidate: JobCandidate): Promise<string | null>;
  /** @returns false if another attempt is running or the job has ended */
  renewLease(job: ClaimedJob): Promise<boolean>;
  /** @returns false if another attempt is running or the job has ended */
  endAttempt(job: ClaimedJob, end: JobEnd): Promise<boolean>;
  /**
   * Ends an attempt as SUCCEEDED.
   * @param store writes the attempt's result in the same transaction
   * @returns false if another attempt is running or the job has ended
   */
  succeed(job: ClaimedJob, store: (transaction: Transaction) => Promise<unknown>): Promise<boolean>;
  /** The outcome of an attempt that failed for a reason that another attempt may not meet. */
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
  // Conditional on the attempt: of several processes that have read this candidate, only one moves it.
  const stillAs = ({ id, attempt }: JobCandidate) => ({ id, attempt, OR: claimable() });
  const running = ({ id, attempt }: ClaimedJob) => ({ id, attempt, status: "RUNNING" as const });
  const takenUp = ({ attempt, handedBack }: Attempts) => attempt - handedBack;

  /**
   * Moves a job that satisfies the condition, together with the row that clients see. @returns whether it did
   */
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
