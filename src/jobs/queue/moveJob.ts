import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import type { Prisma, PrismaClient } from "../../database/generated/sqlite/client.js";
import type { JobHandler, JobReference, Transaction } from "./handler.js";

/** What every move but a claim writes. */
export const noLease = { leaseOwner: null, leaseExpiresAt: null };

/**
 * Moves the row of a job, and writes what goes with it, in one transaction: the row first, which others wait for.
 * @param where names one job, and says what it must be: of several processes that try to move it, one does
 * @returns whether it did; where not, nothing is written
 * @throws as `retryWhenBusy`
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
      return count > 0;
    });
  return retryWhenBusy(move, signal);
}

/**
 * Makes a job CANCELLED that has not ended. Its queue is to be called then, so that an attempt stops.
 * @param signal once it aborts nothing is written any more
 * @returns whether it did
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
