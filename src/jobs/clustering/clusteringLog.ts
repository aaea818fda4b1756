import type { Logger } from "pino";
import type { DatabaseKind } from "../../database/databaseUrl.js";
import { version } from "../../runtime/version.js";
import type { ClusteringEvent, ClusteringEvents } from "./clusteringEvents.js";

/** Logs one line for each step of a clustering that this process computes. */
export function logClusterings(logger: Logger, events: ClusteringEvents, database: DatabaseKind): void {
  events.on((event) => {
    if (event.kind === "started") {
      const { kind: _, ...settings } = event;
      logger.info({ version, database, ...settings }, "computing clusterings");
    } else if (event.kind === "claimed") logClaim(logger, event);
    else if (event.kind === "ended") logEnd(logger, event);
    else if (event.kind === "spent") {
      const { id, attempt, message } = event;
      logger.error({ clustering: id, attempt, code: "ATTEMPTS_SPENT", reason: message }, "clustering failed");
    } else logger.info({ clustering: event.id }, "clustering cancelled");
  });
}

type Claim = Extract<ClusteringEvent, { kind: "claimed" }>;
type End = Extract<ClusteringEvent, { kind: "ended" }>;

function logClaim(logger: Logger, { clustering: { id, attempt }, takenOverFrom }: Claim): void {
  if (takenOverFrom === null) logger.info({ clustering: id, attempt }, "clustering claimed");
  else logger.warn({ clustering: id, attempt, from: takenOverFrom }, "clustering taken over");
}

function logEnd(logger: Logger, { clustering: { id, attempt }, seconds, end }: End): void {
  const fields = { clustering: id, attempt, seconds: Math.round(seconds * 1000) / 1000 };
  switch (end.outcome) {
    case "succeeded": {
      const { embeddings, clusters, outliers } = end;
      logger.info({ ...fields, embeddings, clusters, outliers }, "clustering succeeded");
      break;
    }
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
        { ...fields, reason: "the process was told to stop", recorded: end.recorded },
        "clustering handed back",
      );
      break;
    case "lost":
      logger.warn(fields, "clustering lost to another process");
  }
}
