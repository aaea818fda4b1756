import type { TestDatabase } from "./testDatabase.js";

/** A state of a clustering's row, in order, as the database itself recorded it. */
export interface HistoryEntry {
  /** Increases over all clusterings. */
  n: number;
  clusteringResultId: string;
  status: string;
  attempt: number;
  handedBack: number;
  progress: number;
  leaseOwner: string | null;
}

/** Of the clustering's row, and of its job's, which changes before it in the same transaction. */
const columns = {
  NEW: ["status", "attempt", "progress"],
  job: ["handedBack", "leaseOwner"],
};
const names = Object.values(columns).flat();
const quoted = (names: string[], prefix = "") => names.map((name) => `${prefix}"${name}"`).join(", ");
const events = { Insert: "INSERT", Update: `UPDATE OF ${quoted(columns.NEW)}` };

/**
 * Makes a trigger record every state of every clustering, so that no change between two reads can be missed. Statements
 * that write none of its columns do not count, such as those of `leaveNoTrees`.
 */
export async function recordHistory(database: TestDatabase): Promise<void> {
  const isSqlite = database.kind === "sqlite";
  await database.query(`
    CREATE TABLE "StatusHistory" (
      "n" ${isSqlite ? "INTEGER" : "BIGSERIAL"} PRIMARY KEY, "clusteringResultId" TEXT, "status" TEXT,
      "attempt" INTEGER, "handedBack" INTEGER, "progress" DOUBLE PRECISION, "leaseOwner" TEXT)`);
  const write = `
    INSERT INTO "StatusHistory" ("clusteringResultId", ${quoted(names)})
    SELECT NEW."id", ${quoted(columns.NEW, "NEW.")}, ${quoted(columns.job, "job.")}
    FROM "Job" AS job WHERE job."id" = NEW."id";`;
  if (isSqlite) {
    for (const [name, event] of Object.entries(events)) {
      await database.query(
        `CREATE TRIGGER "History${name}" AFTER ${event} ON "ClusteringResult" BEGIN ${write} END`,
      );
    }
    return;
  }
  await database.query(`
    CREATE FUNCTION "recordHistory"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${write} RETURN NULL; END $$`);
  await database.query(`
    CREATE TRIGGER "History" AFTER ${Object.values(events).join(" OR ")} ON "ClusteringResult"
    FOR EACH ROW EXECUTE FUNCTION "recordHistory"()`);
}

export async function historyOf(database: TestDatabase): Promise<Map<string, HistoryEntry[]>> {
  const entries = await database.query<HistoryEntry>(`SELECT * FROM "StatusHistory" ORDER BY "n"`);
  const byId = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const list = byId.get(entry.clusteringResultId);
    if (list) list.push(entry);
    else byId.set(entry.clusteringResultId, [entry]);
  }
  return byId;
}

const ended = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);

/**
 * The errors in the steps of one clustering; none if they only moved forward. A clustering is QUEUED, is taken up
 * (RUNNING, one attempt more), perhaps by another process once its worker is lost, perhaps handed back (QUEUED in the
 * same attempt), and ends once.
 */
export function backwardSteps(history: HistoryEntry[]): string[] {
  const wrong: string[] = [];
  const [first] = history;
  if (first.status !== "QUEUED" || first.attempt !== 0) wrong.push(`began as ${shown(first)}`);
  for (const [index, now] of history.slice(1).entries()) {
    const before = history[index];
    if (!isForward(before, now)) wrong.push(`${shown(before)} became ${shown(now)}`);
  }
  return wrong;
}

function isForward(before: HistoryEntry, now: HistoryEntry): boolean {
  const { status: from } = before;
  const { status: to } = now;
  if (ended.has(from)) return false;
  const handedBack = now.handedBack - before.handedBack;
  if (from === "QUEUED" && to === "RUNNING") return now.attempt === before.attempt + 1 && handedBack === 0;
  if (from === "RUNNING" && to === "RUNNING") {
    const takenOver = now.attempt === before.attempt + 1;
    const goesOn =
      now.attempt === before.attempt &&
      now.leaseOwner === before.leaseOwner &&
      now.progress >= before.progress;
    return handedBack === 0 && (takenOver || goesOn);
  }
  if (from === "RUNNING" && to === "QUEUED")
    return now.attempt === before.attempt && (handedBack === 0 || handedBack === 1);
  return ended.has(to) && now.attempt === before.attempt && handedBack === 0;
}

/** How often a process took over a clustering whose process was lost. */
export function timesTakenOver(histories: Map<string, HistoryEntry[]>): number {
  let count = 0;
  for (const history of histories.values()) {
    for (const [index, now] of history.slice(1).entries()) {
      const before = history[index];
      if (before.status === "RUNNING" && now.status === "RUNNING" && now.attempt > before.attempt) count++;
    }
  }
  return count;
}

function shown({ status, attempt, handedBack, progress, leaseOwner }: HistoryEntry): string {
  return `${status} (attempt ${attempt}, handed back ${handedBack}, progress ${progress}, lease of ${leaseOwner})`;
}
