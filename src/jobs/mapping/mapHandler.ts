import type { Database } from "../../database/database.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import { inputFailureCode } from "../computing/attemptEmbeddings.js";
import { createProgressWriter } from "../computing/attemptProgress.js";
import type { Engine } from "../computing/engine.js";
import type { AttemptResult, JobHandler } from "../queue/handler.js";
import { mapKind, mapRow } from "./mapRow.js";
import { runMapping } from "./runMapping.js";

export interface MapHandlerOptions {
  database: Database;
  engine: Engine;
  /** Number of threads that the work of this process shares. */
  threads: number;
}

/** The handler that computes maps. The subject of a job is an EmbeddingMap. */
export function createMapHandler({ database, engine, threads }: MapHandlerOptions): JobHandler {
  return {
    kind: mapKind,
    writeMove: mapRow.writeMove,
    state: (id) => mapRow.state(database.prisma, id),
    async run({ subjectId: id, attempt }, { signal, onUnavailable, changed }): Promise<AttemptResult> {
      const map = await whenAvailable(
        () => database.prisma.embeddingMap.findUnique({ where: { id } }),
        signal,
        onUnavailable,
      );
      if (map?.attempt !== attempt) return { published: false, counts: {} };
      const progress = createProgressWriter(
        database.bulk,
        { table: "EmbeddingMap", id, attempt },
        false,
        changed,
      );
      try {
        const options = { threads, progress, signal, onUnavailable };
        const { published, embeddings } = await runMapping(database, engine, map, options);
        return { published, counts: { embeddings } };
      } finally {
        await progress.stop();
      }
    },
    failureCode: inputFailureCode,
    discardAbandoned: () => database.bulk.discardAbandonedRows("EmbeddingMap"),
  };
}
