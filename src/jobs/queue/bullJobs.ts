import type { Job, PostgresPoolConfig } from "bullmq";
import pg from "pg";
import { connectionConfig } from "../../database/postgres/connections/connectionConfig.js";
import { DatabaseRightsError } from "../../database/postgres/databaseRightsError.js";
import { quoted } from "../../database/postgres/quoted.js";
import { waitAtMost } from "../../runtime/waitAtMost.js";

/** A job as BullMQ stores it. Everything else about it is in its row. */
export interface BullJob {
  /** The id of the job's row. */
  readonly id: string;
  readonly kind: string;
}

/** A fetched job: it is locked for this process until it is put back, put off or done, or its lock lapses. */
export interface FetchedJob {
  /** The id of the job's row, which also has the job's kind; a job that an older version added does not. */
  readonly id: string;
  /** Removes the job. */
  done(): Promise<void>;
  /** Puts the job back to the head of the waiting jobs. */
  putBack(): Promise<void>;
  /** Makes the job wait for at least this long. */
  putOff(milliseconds: number): Promise<void>;
}

/**
 * The jobs that BullMQ stores in the same database. They only determine which job runs next, and in which
 * process.
 */
export interface BullJobs {
  /** Adds the jobs that do not exist yet. */
  add(jobs: readonly BullJob[]): Promise<void>;
  /** Removes a job unless a process has locked it. */
  remove(id: string): Promise<void>;
  /** Ids of all jobs that have not ended. */
  liveIds(): Promise<string[]>;
  /** Removes ended jobs, which would prevent jobs with the same ids from being added. */
  removeEnded(): Promise<void>;
  /** The next job, locked for this process; null if there is none for a while. */
  next(): Promise<FetchedJob | null>;
  /** Makes `next` return soon, and without a job from now on. */
  stopWaiting(): Promise<void>;
  renewLocks(): Promise<void>;
  /**
   * Puts jobs whose workers are gone, and whose locks have therefore lapsed, back to the head of the waiting
   * jobs.
   */
  recoverStalled(): Promise<void>;
  close(): Promise<void>;
}

export interface BullJobsOptions {
  /** Milliseconds after which a lock that is not renewed lapses. */
  lockMilliseconds: number;
  /**
   * Milliseconds between two checks of one process for lapsed locks. A job is recovered by the second check
   * that finds its lock lapsed.
   */
  stalledMilliseconds: number;
  /** Called with errors that BullMQ's connections meet in the background. */
  report: (error: unknown) => void;
}

/** The schema of BullMQ's tables, types and functions. */
export const queueSchema = "medoid_queue";
/**
 * The queue that holds jobs of every kind. Its name dates from the first kind; under another name existing
 * jobs would not be found.
 */
const queueName = "clusterings";
/** Seconds without a notification after which `next` checks whether it has missed one. */
const waitSeconds = 2;
const statementSeconds = 5;
const connectionsOfPool = 3;
const closeMilliseconds = 2_000;
/** Jobs that were started before come first. BullMQ serves 0 first, then ascending numbers. */
const priority = { begun: 1, waiting: 2 };
/** The rows count the attempts, so that BullMQ must not give up a job by itself. */
const anyNumber = 2 ** 31 - 1;

const jobOptions = { removeOnComplete: true, removeOnFail: true, priority: priority.waiting };

/** The queue was closed while it was used, and will be opened again, which also restores its jobs. */
export class BullJobsClosedError extends Error {
  override readonly name = "BullJobsClosedError";
  constructor() {
    super("The queue was closed");
  }
}

/** SQLSTATEs that report a missing schema, or a missing object in it. */
const missingCodes = ["3F000", "42P01", "42704", "42883"];
/** SQLSTATEs that report an existing object in a schema whose record of migrations is missing. */
const duplicateCodes = ["42P06", "42P07", "42710", "42723", "23505"];

/** Whether the queue's tables are missing, so that it must be opened again. */
export function isQueueMissing(error: unknown): boolean {
  return missingCodes.includes(codeOf(error)) || nameOf(error) === "SchemaMigrationRequiredError";
}

/** Connects to the queue, and creates its tables if they do not exist. */
export async function openBullJobs(url: string, options: BullJobsOptions): Promise<BullJobs> {
  const { lockMilliseconds, stalledMilliseconds, report } = options;
  const { Queue, Worker, createPostgresBackend, runMigrations } = await import("bullmq");
  const connection = connectionOf(url);
  await migrate(connection, runMigrations);
  const onQueue = { connection: connection as PostgresPoolConfig };

  const queue = new Queue(queueName, { ...onQueue, skipMetasUpdate: true }, createPostgresBackend);
  queue.on("error", report);
  await ready(queue);

  // Without a processor: jobs are fetched one by one, and this file renews their locks.
  function createWorker() {
    const created = new Worker(
      queueName,
      null,
      {
        ...onQueue,
        lockDuration: lockMilliseconds,
        stalledInterval: stalledMilliseconds,
        maxStalledCount: anyNumber,
      },
      createPostgresBackend,
    );
    created.on("error", report);
    return created;
  }
  /** Created when it is first needed: a process that only adds jobs has none. */
  let worker: ReturnType<typeof createWorker> | undefined;
  let waitingEnded = false;
  let isClosed = false;

  let giveUp = () => {};
  const closing = new Promise<never>((_, reject) => {
    giveUp = () => reject(new BullJobsClosedError());
  });
  closing.catch(() => {});
  /** A call on a closed BullMQ connection would wait forever. */
  const untilClosed = <T>(operation: Promise<T>): Promise<T> => Promise.race([operation, closing]);

  /** The locks' tokens of the jobs that are locked here, by the job's id. */
  const tokens = new Map<string, string>();
  let fetched = 0;

  function fetchedJob(job: Job, id: string, token: string): FetchedJob {
    tokens.set(id, token);
    const unlock = () => {
      if (tokens.get(id) === token) tokens.delete(id);
    };
    /**
     * If this process has lost the lock, or the job was removed, another process may have it; if none does,
     * `otherwise` restores the intended state.
     */
    const move = async (operation: Promise<unknown>, otherwise: () => Promise<unknown>) => {
      unlock();
      try {
        await untilClosed(operation.catch(otherwise));
      } catch (error) {
        if (!(error instanceof BullJobsClosedError)) throw error;
      }
    };
    const addAgain = () => queue.add(job.name, job.data, { ...jobOptions, jobId: id });
    return {
      id,
      done: () => move(job.moveToCompleted(null, token, false), () => queue.remove(id)),
      putBack: () => move(job.moveToWait(token), addAgain),
      putOff: (milliseconds) => move(job.moveToDelayed(Date.now() + milliseconds, token), addAgain),
    };
  }

  async function fetch(): Promise<FetchedJob | null> {
    if (waitingEnded) return null;
    if (!worker) {
      const created = await ready(createWorker());
      if (isClosed) {
        await closed(created);
        return null;
      }
      worker = created;
    }
    const token = `${worker.id}:${fetched++}`;
    const job: Job | undefined = await worker.getNextJob(token, { block: false });
    return job?.id === undefined ? null : fetchedJob(job, job.id, token);
  }

  async function add(jobs: readonly BullJob[]): Promise<void> {
    await queue.addBulk(
      jobs.map(({ id, kind }) => ({ name: kind, data: { kind, id }, opts: { ...jobOptions, jobId: id } })),
    );
  }

  async function next(): Promise<FetchedJob | null> {
    const found = await fetch();
    if (found || waitingEnded) return found;
    // Not left to getNextJob, which would wait for up to an hour after an error.
    await worker?.backend.waitForJob(waitSeconds);
    return fetch();
  }

  async function removeEnded(): Promise<void> {
    for (const state of ["completed", "failed"] as const) await queue.clean(0, 0, state);
  }

  async function renewLocks(): Promise<void> {
    if (tokens.size === 0) return;
    // A lost lock does no harm, because the lease in the row protects the job.
    await worker?.extendJobLocks([...tokens.keys()], [...tokens.values()], lockMilliseconds);
  }

  async function recoverStalled(): Promise<void> {
    // Checked first, because looking for stalled jobs writes: an idle queue is not written to.
    if ((await queue.getActiveCount()) === 0 || !worker) return;
    for (const id of await worker.backend.moveStalledJobsToWait()) {
      const job = await queue.getJob(id);
      await job?.changePriority({ priority: priority.begun });
    }
  }

  return {
    add: (jobs) => untilClosed(add(jobs)),
    async remove(id) {
      await untilClosed(queue.remove(id));
    },
    liveIds: () => untilClosed(queue.getRanges(["waiting", "prioritized", "delayed", "active"])),
    removeEnded: () => untilClosed(removeEnded()),
    next: () => untilClosed(next()),
    async stopWaiting() {
      waitingEnded = true;
      await worker?.backend.disconnectBlocking(true);
    },
    renewLocks: () => untilClosed(renewLocks()),
    recoverStalled: () => untilClosed(recoverStalled()),
    async close() {
      isClosed = true;
      giveUp();
      await closed(worker, queue);
    },
  };
}

interface Closable {
  waitUntilReady(): Promise<unknown>;
  close(force?: boolean): Promise<unknown>;
}

/**
 * Waits until the object is connected and has checked the tables. BullMQ does that once and keeps the error,
 * so that after a failure the object is closed.
 */
async function ready<T extends Closable>(made: T): Promise<T> {
  try {
    await made.waitUntilReady();
    return made;
  } catch (error) {
    closed(made).catch(() => {});
    throw error;
  }
}

/** A connection that hangs never reports that it is closed. */
async function closed(...made: (Closable | undefined)[]): Promise<void> {
  await waitAtMost(Promise.allSettled(made.map((each) => each?.close(true))), closeMilliseconds);
}

function connectionOf(url: string): pg.PoolConfig & { schema: string } {
  // BullMQ expects 64-bit integers as pg parses them by default.
  const { types: _, ...config } = connectionConfig(url, {
    applicationName: "medoid queue",
    statementSeconds,
    schema: queueSchema,
  });
  return { ...config, max: connectionsOfPool, schema: queueSchema };
}

/**
 * Creates the queue's tables, or migrates them to this version.
 * @throws DatabaseRightsError that names the role that lacks a right, and the statement that grants it
 */
export async function migrateJobQueue(url: string): Promise<void> {
  const { runMigrations } = await import("bullmq");
  await migrate(connectionOf(url), runMigrations);
}

/** Several processes may start at the same time: one of them migrates, and the others wait. */
async function migrate(
  { schema, ...config }: ReturnType<typeof connectionOf>,
  runMigrations: typeof import("bullmq").runMigrations,
): Promise<void> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // the failing statement reports it
  await client.connect();
  try {
    if (await isCurrent(client)) return;
    await requireQueueRights(client);
    try {
      await runMigrations(client, schema);
    } catch (error) {
      if (!duplicateCodes.includes(codeOf(error))) throw error;
      // The record of migrations is missing. The schema can be dropped, because all jobs can be added again
      // from the rows.
      await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await runMigrations(client, schema);
    }
  } finally {
    client.end().catch(() => {});
  }
}

/** Whether there is nothing to migrate. This check needs no right to create tables. */
async function isCurrent(client: pg.Client): Promise<boolean> {
  const { assertSchemaCompatibility, LATEST_SCHEMA_VERSION } = await import("bullmq");
  try {
    return (await assertSchemaCompatibility(client, queueSchema)) >= LATEST_SCHEMA_VERSION;
  } catch (error) {
    // For SchemaVersionMismatchError and similar errors, the migrations report more.
    if (isQueueMissing(error) || error instanceof pg.DatabaseError) return false;
    throw error;
  }
}

/**
 * Checked first, because PostgreSQL's own errors name neither the role nor the statement that grants the
 * right.
 */
async function requireQueueRights(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{
    role: string;
    database: string;
    owner: string | null;
    mayCreate: boolean;
  }>(
    `SELECT current_user AS "role", current_database() AS "database", pg_get_userbyid(n.nspowner) AS "owner",
       has_database_privilege(current_database(), 'CREATE')
         AND (n.oid IS NULL OR pg_has_role(n.nspowner, 'USAGE')) AS "mayCreate"
     FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = $1`,
    [queueSchema],
  );
  const [{ role, database, owner, mayCreate }] = rows;
  if (mayCreate) return;
  throw new DatabaseRightsError(
    owner === null
      ? `the role ${quoted(role)} may not create the queue's schema "${queueSchema}" in the database. Run \`medoid migrate\` as a role that may, or as an owner of the database run: GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(role)};`
      : `the role ${quoted(role)} may not use and migrate the queue's schema "${queueSchema}". Run \`medoid migrate\` as its owner ${quoted(owner)}, and as that one: GRANT USAGE ON SCHEMA ${queueSchema} TO ${quoted(role)}; and the rights that docs/operation.md lists`,
  );
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}

function nameOf(error: unknown): string {
  return String((error as { name?: unknown } | null)?.name);
}
