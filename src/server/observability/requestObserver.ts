import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import type { App } from "../../app.js";
import type { RequestOutcome, RequestRecord } from "../requestRecord.js";
import type { Metrics } from "./metrics.js";
import { logRequest } from "./requestLog.js";
import type { Tracing } from "./tracing.js";

/** Traces, counts and logs requests, and operations that come by WebSockets. */
export interface RequestObserver {
  begin(record: RequestRecord, headers?: IncomingHttpHeaders): ObservedRequest;
  /** Counts and logs a request that is over; `begin` does so by itself at its end. */
  note(record: RequestRecord, outcome: RequestOutcome): void;
}

/** A request while it lasts. */
export interface ObservedRequest {
  /** Runs what responds to it, so that spans made within belong to its span. */
  within<T>(respond: () => T): T;
  end(outcome: RequestOutcome): void;
}

export function createRequestObserver(
  app: App,
  metrics: Metrics,
  { logger, tracing }: { logger?: Logger; tracing?: Tracing },
): RequestObserver {
  function note(record: RequestRecord, outcome: RequestOutcome): void {
    metrics.observe(record, outcome);
    if (logger) logRequest(logger, record, outcome);
  }
  return {
    note,
    begin(record, headers = {}) {
      app.noteRequest();
      const span = tracing?.begin(headers, record);
      return {
        within: (respond) => (span ? span.within(respond) : respond()),
        end(outcome) {
          app.noteRequest();
          span?.end(outcome.status);
          note(record, outcome);
        },
      };
    },
  };
}
