import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import type { App } from "../../app.js";
import type { RequestOutcome, RequestRecord } from "../requestRecord.js";
import type { Metrics } from "./metrics.js";
import { logRequest } from "./requestLog.js";
import type { Tracing } from "./tracing.js";

/** Traces, counts and logs requests, and operations over WebSockets. */
export interface RequestObserver {
  begin(record: RequestRecord, headers?: IncomingHttpHeaders): ObservedRequest;
  /**
   * Counts and logs a request that has ended. It is for requests without `begin`, whose `end` does the same.
   */
  note(record: RequestRecord, outcome: RequestOutcome): void;
}

/** A request that is being served. */
export interface ObservedRequest {
  /** Runs the function that responds, so that spans that it creates become children of the request's span. */
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
