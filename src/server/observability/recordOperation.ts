import { type ExecutionResult, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { RequestRecord } from "../requestRecord.js";

interface Recorded {
  record: RequestRecord;
}

/** Writes into each request's record which operation was executed and which errors its response has. */
export function recordOperation(): Plugin<Recorded, Recorded> {
  return {
    onExecute: ({ args }) => recordDocument(args),
    onSubscribe: ({ args }) => {
      recordDocument(args);
      const { record } = args.contextValue;
      return {
        onSubscribeResult: () => ({
          onNext: ({ result }) => recordErrors(record, result as ExecutionResult),
        }),
      };
    },
    onResultProcess: ({ result, serverContext }) => {
      if (Symbol.asyncIterator in result) return;
      for (const each of [result].flat()) recordErrors(serverContext.record, each);
    },
  };
}

function recordDocument(args: {
  document: Parameters<typeof getOperationAST>[0];
  operationName?: string | null;
  contextValue: Recorded;
}): void {
  const operation = getOperationAST(args.document, args.operationName);
  if (!operation) return;
  const { record } = args.contextValue;
  record.kind = operation.operation;
  record.operationName = operation.name?.value;
}

/** Writes the codes of a result's errors into a request's record. */
export function recordErrors(record: RequestRecord, { errors = [] }: ExecutionResult): void {
  for (const { extensions } of errors) {
    const { code, id } = extensions;
    record.errors.push({
      code: String(code),
      ...((code === "INTERNAL_SERVER_ERROR" || code === "DATABASE_UNAVAILABLE") && { id: String(id) }),
    });
  }
}
