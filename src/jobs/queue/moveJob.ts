import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import type { Prisma, PrismaClient } from "../../database/generated/sqlite/client.js";
import { throwIfOver } from "../../runtime/deadline.js";
import type { JobHandler, JobReference, Transaction } from "./handler.js";

/** The columns that every move except a claim writes. */
export const noLease = { leaseOwner: null, leaseExpiresAt: null };

/**
 * Moves the row of a job, and writes the rest of the move, in one transaction. The job's row is written
 * first, because others wait for it.
 * @param where selects one job, and is the condition on its state: of several processes that try to move the
 *   job, only one succeeds
 * @param signal once it aborts, nothing is written
 * @returns whether the job was moved; if not, nothing is written
 * @throws the errors of `retryWhenBusy`
 */
export function moveJob(
  prisma: PrismaClient,
  where: Prisma.JobWhereInput,
  data: Prisma.JobUpdateManyMutationInput,
  write: (transaction: Transaction) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<boolean> {
  const move = () =>
    prisma.$transaction(async (transaction) => {
      const { count } = await transaction.job.updateMany({ where, data });
      if (count > 0) await write(transaction);
      throwIfOver(signal);
      return count > 0;
    });
  return retryWhenBusy(move, signal);
}

/**
 * Makes a job CANCELLED unless it has ended. Afterwards the queue must be called, so that a running attempt
 * stops.
 * @param signal once it aborts, nothing more is written
 * @returns whether the job was cancelled
 */
export function cancelJob(
  prisma: PrismaClient,
  { writeMove }: Pick<JobHandler, "writeMove">,
  { id, subjectId }: JobReference,
  signal?: AbortSignal,
): Promise<boolean> {
  return moveJob(
    prisma,
    { id, status: { in: ["QUEUED", "RUNNING"] } },
    { ...noLease, status: "CANCELLED" },
    (transaction) => writeMove(transaction, subjectId, { status: "CANCELLED" }),
    signal,
  );
}
