import type { Database } from "../database/database.js";
import { RequestError } from "../resolvers/requestError.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import type { Piece, PieceRequest } from "./encodedPiece.js";
import { type ExportableResult, fileMetadata } from "./exportableResult.js";
import type { ExportedFile } from "./exportedFile.js";
import { rowFormats } from "./formats/rowFormats.js";
import { type ExportableMap, mapPointsMetadata } from "./mapPoints/exportableMap.js";
import type { MapPointsFile } from "./mapPoints/mapPointsFile.js";
import type { MapPointsPiece, MapPointsPieceRequest } from "./mapPoints/mapPointsPiece.js";
import type { PageStart } from "./rowsOfPiece.js";
import { columnsOf } from "./tables.js";

const program = readThreadProgram(new URL("./exportTasks.bundle.js", import.meta.url), import.meta.url);

interface ExportOptions {
  /** Once it aborts, the statement that is running is ended, and no further one begins. */
  signal?: AbortSignal;
  /** 0 to 1. */
  onProgress?: (progress: number) => void;
}

/** Writes tables of clustering results, and points of maps. */
export interface Exporter {
  /**
   * Yields a file piece by piece. The next piece is read and encoded, on a thread, when the consumer asks for
   * it, so that memory holds one piece, and nothing is held while the consumer waits.
   * @throws RequestError if the result is deleted meanwhile, or has another number of rows than it has stored: the
   *   file is then incomplete; the signal's reason once it aborts
   */
  export(
    result: ExportableResult,
    file: Omit<ExportedFile, "clusteringResultId">,
    options?: ExportOptions,
  ): AsyncGenerator<Uint8Array, void, void>;
  /**
   * Yields the points of a map as a stream of Arrow's IPC format, in the same way, but reads one piece ahead, while the
   * one before it is compressed and sent.
   * @param result the clustering whose clusters the points have; null for none
   * @param columns what else the points have
   * @throws as `export`, if the map or the clustering is deleted meanwhile
   */
  exportMapPoints(
    map: ExportableMap,
    result: ExportableResult | null,
    columns: Pick<MapPointsFile, "origin">,
    options?: ExportOptions,
  ): AsyncGenerator<Uint8Array, void, void>;
  /** Waits for the pieces that are being encoded, then ends the threads. */
  close(): Promise<void>;
}

export function createExporter(database: Pick<Database, "openThreads" | "prisma">): Exporter {
  const threads = database.openThreads(program);
  const isLeft = async (id: string): Promise<boolean> => {
    const { clusteringResult } = database.prisma;
    return (await clusteringResult.findUnique({ where: { id }, select: { id: true } })) !== null;
  };
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
      if (count !== expected) {
        if (!(await isLeft(result.id))) throw deleted("clustering result");
        throw incomplete("clustering result", file.table.toLowerCase(), expected, count);
      }
      const end = frame.end();
      if (end.length > 0) yield end;
    },
    async *exportMapPoints(map, result, { origin }, { signal, onProgress } = {}) {
      const request: Omit<MapPointsPieceRequest, "after"> = {
        embeddingMapId: map.id,
        clusteringResultId: result?.id ?? null,
        clusterCount: result?.rows.CLUSTERS ?? null,
        origin,
        metadata: JSON.stringify(mapPointsMetadata(map, result)),
      };
      const read = (after: PageStart): Promise<MapPointsPiece> => {
        const reading = threads.run<MapPointsPiece>("mapPointsPiece", { ...request, after }, { signal });
        reading.catch(() => {}); // awaited later
        return reading;
      };
      let count = 0;
      let reading: Promise<MapPointsPiece> | null = read(null);
      while (reading !== null) {
        const piece: MapPointsPiece = await reading;
        count += piece.count;
        reading = piece.next === null ? null : read(piece.next);
        if (reading === null && count !== map.points) {
          const found = await database.prisma.embeddingMap.findUnique({
            where: { id: map.id },
            select: { id: true },
          });
          throw found === null ? deleted("map") : incomplete("map", "points", map.points, count);
        }
        // Without the rows of the clustering, which are deleted together, the points have no clusters.
        if (reading === null && result !== null && !(await isLeft(result.id)))
          throw deleted("clustering result");
        onProgress?.(count / map.points);
        yield piece.bytes;
      }
    },
    close: () => threads.close(),
  };
}

const deleted = (subject: string): RequestError =>
  new RequestError({ code: "NOT_FOUND", message: `The ${subject} was deleted while it was exported.` });

function incomplete(subject: string, rows: string, expected: number, found: number): RequestError {
  const [stored, present] = [expected, found].map((count) => count.toLocaleString("en-US"));
  const message = `The ${subject} has stored ${stored} as the number of its ${rows}, but the database has ${present} of them: rows were lost, or the number was changed.`;
  return new RequestError({ code: "INTERNAL_SERVER_ERROR", message });
}
