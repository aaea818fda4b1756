import type { Logger } from "pino";
import type { DatabaseKind } from "../../database/databaseUrl.js";
import { version } from "../../runtime/version.js";
import type { JobEvent, JobEvents } from "../queue/jobEvents.js";

/** Settings that are logged when a process begins to compute. */
export interface ComputingSettings {
  database: DatabaseKind;
  threads: number;
}

/**
 * Logs one line for each step of the work of some kinds that this process does.
 * @param kinds are nouns: the lines call the work by its kind, and have the id of its subject under that name
 */
export function logComputing(
  logger: Logger,
  events: JobEvents,
  kinds: readonly string[],
  settings: ComputingSettings,
): void {
  events.on((event) => {
    if (event.type === "started") {
      const { worker, concurrency } = event;
      const { database, threads } = settings;
      logger.info({ version, database, worker, concurrency, threads }, "computing clusterings and maps");
    } else if (!kinds.includes(event.job.kind)) return;
    else if (event.type === "claimed") logClaim(logger, event);
    else if (event.type === "warned") {
      const { job, reason } = event;
      const { kind, subjectId: id, attempt } = job;
      logger.warn({ [kind]: id, attempt, reason }, `${kind} continues`);
    } else if (event.type === "ended") logEnd(logger, event);
    else if (event.type === "spent") {
      const { job, message: reason } = event;
      const { kind, subjectId: id, attempt } = job;
      logger.error({ [kind]: id, attempt, code: "ATTEMPTS_SPENT", reason }, `${kind} failed`);
    } else logger.info({ [event.job.kind]: event.job.subjectId }, `${event.job.kind} cancelled`);
  });
}

type Claim = Extract<JobEvent, { type: "claimed" }>;
type End = Extract<JobEvent, { type: "ended" }>;

function logClaim(logger: Logger, { job: { kind, subjectId: id, attempt }, takenOverFrom }: Claim): void {
  if (takenOverFrom === null) logger.info({ [kind]: id, attempt }, `${kind} claimed`);
  else logger.warn({ [kind]: id, attempt, from: takenOverFrom }, `${kind} taken over`);
}

function logEnd(logger: Logger, { job: { kind, subjectId: id, attempt }, seconds, end }: End): void {
  const fields = { [kind]: id, attempt, seconds: Math.round(seconds * 1000) / 1000 };
  switch (end.outcome) {
    case "succeeded":
      logger.info({ ...fields, ...end.counts }, `${kind} succeeded`);
      break;
    case "failed":
      logger.error({ ...fields, code: end.code, reason: end.message }, `${kind} failed`);
      break;
    case "retried":
      logger.error({ ...fields, err: end.error }, `${kind} failed and will be tried again`);
      break;
    case "cancelled":
      logger.info(fields, `${kind} cancelled`);
      break;
    case "handed_back":
      logger.info(
        { ...fields, reason: "the process is stopping", recorded: end.recorded },
        `${kind} handed back`,
      );
      break;
    case "lost":
      logger.warn(fields, `${kind} lost to another process`);
  }
}
