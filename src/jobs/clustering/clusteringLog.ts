import type { Logger } from "pino";
import type { DatabaseKind } from "../../database/databaseUrl.js";
import { version } from "../../runtime/version.js";
import type { JobEvent, JobEvents } from "../queue/jobEvents.js";
import { clusteringKind } from "./clusteringRow.js";

/** Settings that are logged when a process begins to compute. */
export interface ComputingSettings {
  database: DatabaseKind;
  threads: number;
}

/** Logs one line for each step of a clustering that this process computes. */
export function logClusterings(logger: Logger, events: JobEvents, settings: ComputingSettings): void {
  events.on((event) => {
    if (event.type === "started") {
      const { worker, concurrency } = event;
      const { database, threads } = settings;
      logger.info({ version, database, worker, concurrency, threads }, "computing clusterings");
    } else if (event.job.kind !== clusteringKind) return;
    else if (event.type === "claimed") logClaim(logger, event);
    else if (event.type === "ended") logEnd(logger, event);
    else if (event.type === "spent") {
      const { job, message: reason } = event;
      const { subjectId: clustering, attempt } = job;
      logger.error({ clustering, attempt, code: "ATTEMPTS_SPENT", reason }, "clustering failed");
    } else logger.info({ clustering: event.job.subjectId }, "clustering cancelled");
  });
}

type Claim = Extract<JobEvent, { type: "claimed" }>;
type End = Extract<JobEvent, { type: "ended" }>;

function logClaim(logger: Logger, { job: { subjectId: id, attempt }, takenOverFrom }: Claim): void {
  if (takenOverFrom === null) logger.info({ clustering: id, attempt }, "clustering claimed");
  else logger.warn({ clustering: id, attempt, from: takenOverFrom }, "clustering taken over");
}

function logEnd(logger: Logger, { job: { subjectId: id, attempt }, seconds, end }: End): void {
  const fields = { clustering: id, attempt, seconds: Math.round(seconds * 1000) / 1000 };
  switch (end.outcome) {
    case "succeeded":
      logger.info({ ...fields, ...end.counts }, "clustering succeeded");
      break;
    case "failed":
      logger.error({ ...fields, code: end.code, reason: end.message }, "clustering failed");
      break;
    case "retried":
      logger.error({ ...fields, err: end.error }, "clustering failed and will be tried again");
      break;
    case "cancelled":
      logger.info(fields, "clustering cancelled");
      break;
    case "handed_back":
      logger.info(
        { ...fields, reason: "the process is stopping", recorded: end.recorded },
        "clustering handed back",
      );
      break;
    case "lost":
      logger.warn(fields, "clustering lost to another process");
  }
}
