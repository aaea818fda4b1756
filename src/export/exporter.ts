import type { Database } from "../database/database.js";
import { RequestError } from "../resolvers/requestError.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import type { Piece, PieceRequest } from "./encodedPiece.js";
import { type ExportableResult, fileMetadata } from "./exportableResult.js";
import type { ExportedFile } from "./exportedFile.js";
import { rowFormats } from "./formats/rowFormats.js";
import { columnsOf } from "./tables.js";

const program = readThreadProgram(new URL("./exportTasks.bundle.js", import.meta.url), import.meta.url);

interface ExportOptions {
  /** Once it aborts, the statement that is running is ended, and no further one begins. */
  signal?: AbortSignal;
  /** 0 to 1. */
  onProgress?: (progress: number) => void;
}

/** Writes tables of clustering results. */
export interface Exporter {
  /**
   * Yields a file piece by piece. The next piece is read and encoded, on a thread, when the consumer asks for
   * it, so that memory holds one piece, and nothing is held while the consumer waits.
   * @throws RequestError if the result is deleted meanwhile: the file is then incomplete; the signal's reason
   *   once it aborts
   */
  export(
    result: ExportableResult,
    file: Omit<ExportedFile, "clusteringResultId">,
    options?: ExportOptions,
  ): AsyncGenerator<Uint8Array, void, void>;
  /** Waits for the pieces that are being encoded, then ends the threads. */
  close(): Promise<void>;
}

export function createExporter(database: Pick<Database, "openThreads">): Exporter {
  const threads = database.openThreads(program);
  return {
    async *export(result, file, { signal, onProgress } = {}) {
      const expected = result.rows[file.table];
      const metadata = JSON.stringify(fileMetadata(result, file));
      const frame = rowFormats[file.format].frame(columnsOf(file), metadata);
      const { start } = frame;
      if (start.length > 0) yield start;
      let offset = start.length;
      let count = 0;
      let after: PieceRequest["after"] = null;
      do {
        const request: PieceRequest = { ...file, clusteringResultId: result.id, after, offset };
        const piece = await threads.run<Piece>("encodedPiece", request, { signal });
        count += piece.count;
        after = piece.next;
        if (piece.count > 0) {
          frame.add(piece);
          offset += piece.bytes.length;
          onProgress?.(count / expected);
          yield piece.bytes;
        }
      } while (after !== null);
      // The rows of a result are deleted together, so that none are left to be read afterwards.
      if (count !== expected) throw resultDeleted();
      const end = frame.end();
      if (end.length > 0) yield end;
    },
    close: () => threads.close(),
  };
}

function resultDeleted(): RequestError {
  return new RequestError({
    code: "NOT_FOUND",
    message: "The clustering result was deleted while it was exported.",
  });
}
