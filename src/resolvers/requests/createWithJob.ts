import type { App } from "../../app.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import { Prisma } from "../../database/generated/sqlite/client.js";
import type { JobReference, Transaction } from "../../jobs/queue/handler.js";
import { throwIfOver } from "../../runtime/deadline.js";
import { type IdempotencyConflictError, InvalidInputError } from "../errors.js";
import { type KeyedRequest, subjectOfKey } from "./idempotencyKey.js";
import { unknownModel } from "./requestedModel.js";

/**
 * Creates the subject of a job together with the job, and adds the job to the queue.
 * @param create creates the subject's row, which refers to the model
 * @param signal once it aborts, nothing is written
 * @returns the id of the new subject, or the outcome for another request with the same key that was faster
 */
export async function createWithJob(
  app: Pick<App, "database" | "queue">,
  job: JobReference,
  request: KeyedRequest,
  model: { name: string },
  create: (transaction: Transaction, createdAt: Date) => Promise<unknown>,
  signal?: AbortSignal,
): Promise<{ id: string } | IdempotencyConflictError | InvalidInputError> {
  const { prisma } = app.database;
  const createdAt = new Date();
  try {
    await retryWhenBusy(
      () =>
        prisma.$transaction(async (transaction) => {
          await transaction.job.create({ data: { ...job, ...request, createdAt } });
          await create(transaction, createdAt);
          throwIfOver(signal);
        }),
      signal,
    );
  } catch (error) {
    const code = error instanceof Prisma.PrismaClientKnownRequestError ? error.code : null;
    // Another request with the same key was faster: this one returns that request's subject.
    const winner = code === "P2002" ? await subjectOfKey(app, request) : null;
    if (winner) return winner;
    // The model's embeddings were deleted meanwhile, and then the model.
    if (code === "P2003") return new InvalidInputError([await unknownModel(app, model.name)]);
    throw error;
  }
  app.queue.added(job);
  return { id: job.subjectId };
}
