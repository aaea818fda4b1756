import type { App } from "../../app.js";
import { retryWhenBusy } from "../../database/errors/retryWhenBusy.js";
import { Prisma } from "../../database/generated/sqlite/client.js";
import type { Transaction } from "../../jobs/queue/handler.js";
import { throwIfOver } from "../../runtime/deadline.js";
import { type InputIssue, InvalidInputError, quotedValue } from "../errors.js";
import { parseIdOf } from "../globalId.js";
import { refuseUnstorable } from "../storableText.js";

/** Maximum lengths in Unicode code points. */
export const longestName = 200;
export const longestNote = 10_000;

/** What is said of a result or a cluster: null removes what was said before, and what is absent stays. */
interface AnnotationInput {
  /** As the request gave it. */
  id: string;
  name?: string | null;
  note?: string | null;
}

type Annotation = Pick<AnnotationInput, "name" | "note">;

/**
 * Names a clustering result, in whichever state it is, or sets its note.
 * @param signal once it aborts, nothing is written
 * @returns the bare UUID; null if no result has the id
 */
export async function annotateClusteringResult(
  app: Pick<App, "database">,
  input: AnnotationInput,
  signal?: AbortSignal,
): Promise<{ id: string } | InvalidInputError | null> {
  const checked = checkInput("ClusteringResult", input);
  if (checked instanceof InvalidInputError) return checked;
  const { id, annotation } = checked;
  return write(app, id, signal, async (transaction) => {
    const result = await transaction.clusteringResult.findUnique({ where: { id }, select: { id: true } });
    if (result) await writeToResult(transaction, id, annotation);
    return result !== null;
  });
}

/**
 * Names a cluster of a clustering that has succeeded, or sets its note.
 * @param signal once it aborts, nothing is written
 * @returns the bare UUID; null if no cluster has the id
 */
export async function annotateCluster(
  app: Pick<App, "database">,
  input: AnnotationInput,
  signal?: AbortSignal,
): Promise<{ id: string } | InvalidInputError | null> {
  const checked = checkInput("Cluster", input);
  if (checked instanceof InvalidInputError) return checked;
  const { id, annotation } = checked;
  return write(app, id, signal, async (transaction) => {
    const cluster = await transaction.cluster.findFirst({
      where: { id, clusteringResult: { status: "SUCCEEDED" } },
      select: { clusteringResultId: true },
    });
    if (!cluster) return false;
    await writeToResult(transaction, cluster.clusteringResultId, {});
    await transaction.clusterAnnotation.upsert({
      where: { id },
      create: { id, ...annotation },
      update: annotation,
    });
    if (annotation.name === null || annotation.note === null) {
      await transaction.clusterAnnotation.deleteMany({ where: { id, name: null, note: null } });
    }
    return true;
  });
}

/**
 * Writes what is said of a result, and that something was said of it or of one of its clusters. Whoever writes waits
 * here for others that write of the same result, or delete it.
 */
async function writeToResult(transaction: Transaction, id: string, annotation: Annotation): Promise<void> {
  await transaction.clusteringResultAnnotation.upsert({
    where: { id },
    create: { id, revision: 1, ...annotation },
    update: { revision: { increment: 1 }, ...annotation },
  });
}

/** @param annotate returns whether what the id names exists */
async function write(
  { database }: Pick<App, "database">,
  id: string,
  signal: AbortSignal | undefined,
  annotate: (transaction: Transaction) => Promise<boolean>,
): Promise<{ id: string } | null> {
  try {
    const exists = await retryWhenBusy(
      () =>
        database.prisma.$transaction(async (transaction) => {
          const found = await annotate(transaction);
          throwIfOver(signal);
          return found;
        }),
      signal,
    );
    return exists ? { id } : null;
  } catch (error) {
    // The result was deleted after it had been found.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === "P2003") return null;
    throw error;
  }
}

function checkInput(
  type: "ClusteringResult" | "Cluster",
  { id, name, note }: AnnotationInput,
): { id: string; annotation: Annotation } | InvalidInputError {
  const issues: InputIssue[] = [];
  const parsed = parseIdOf(type, id);
  if ("problem" in parsed) {
    issues.push({ path: ["input", "id"], message: parsed.problem, value: quotedValue(id) });
  }
  checkText(name, "name", longestName, issues);
  checkText(note, "note", longestNote, issues);
  if (name === undefined && note === undefined) {
    const message = "must have a name or a note; null removes what is stored.";
    issues.push({ path: ["input"], message, value: quotedValue({ id }) });
  }
  if (issues.length > 0 || "problem" in parsed) return new InvalidInputError(issues);
  return { id: parsed.uuid, annotation: { name, note } };
}

function checkText(
  text: string | null | undefined,
  field: string,
  longest: number,
  issues: InputIssue[],
): void {
  if (text == null) return;
  const path = ["input", field];
  const length = [...text].length;
  const problem =
    length < 1 || length > longest
      ? `must have 1 to ${longest} characters, and has ${length}; null removes it.`
      : /^\s+$/.test(text)
        ? "must not consist of white space alone; null removes it."
        : null;
  if (problem !== null) issues.push({ path, message: problem, value: quotedValue(text) });
  refuseUnstorable(text, path, issues);
}
