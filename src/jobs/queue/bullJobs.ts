import type { Job, PostgresPoolConfig } from "bullmq";
import pg from "pg";
import { connectionConfig } from "../../database/postgres/connections/connectionConfig.js";
import { DatabaseRightsError } from "../../database/postgres/databaseRightsError.js";
import { quoted } from "../../database/postgres/quoted.js";
import { waitAtMost } from "../../runtime/waitAtMost.js";

/** A job as BullMQ holds it: what else there is to know of it is in its row. */
export interface BullJob {
  /** That of the row. */
  readonly id: string;
  readonly kind: string;
}

/** A job that was fetched: locked for this process until it is put back, done, or its lock has lapsed. */
export interface FetchedJob {
  /** That of the row, which says of which kind it is: a job that an older version has added does not. */
  readonly id: string;
  /** Removes it. */
  done(): Promise<void>;
  /** To the head of those that wait. */
  putBack(): Promise<void>;
  /** It waits for so long at least. */
  putOff(milliseconds: number): Promise<void>;
}

/** The jobs that BullMQ holds in the same database. They say what is run next and by whom, and nothing else. */
export interface BullJobs {
  /** Adds the jobs that there are not. */
  add(jobs: readonly BullJob[]): Promise<void>;
  /** Removes a job, unless somebody has it locked. */
  remove(id: string): Promise<void>;
  /** Ids of all jobs that are not over. */
  liveIds(): Promise<string[]>;
  /** Removes jobs that are over, which would keep others of their ids from being added. */
  removeEnded(): Promise<void>;
  /** The next job, locked; null after a while without one. */
  next(): Promise<FetchedJob | null>;
  /** Makes `next` return soon; it finds nothing any more. */
  stopWaiting(): Promise<void>;
  renewLocks(): Promise<void>;
  /** Puts the jobs of workers that are gone, which do not renew their locks, back to the head. */
  recoverStalled(): Promise<void>;
  close(): Promise<void>;
}

export interface BullJobsOptions {
  /** A lock that was not renewed for so long has lapsed. */
  lockMilliseconds: number;
  /** Between two looks of one process for lapsed locks; the second look in which one has lapsed recovers its job. */
  stalledMilliseconds: number;
  /** Told of what BullMQ's connections meet in the background. */
  report: (error: unknown) => void;
}

/** BullMQ's tables, types and functions. */
export const queueSchema = "medoid_queue";
/** Holds the jobs of every kind. It is older than the second one: under another name its jobs would not be found. */
const queueName = "clusterings";
/** After a while without a notification, `next` looks whether it has missed one. */
const waitSeconds = 2;
const statementSeconds = 5;
const connectionsOfPool = 3;
const closeMilliseconds = 2_000;
/** What was begun before goes first; the lowest number is served first, after 0. */
const priority = { begun: 1, waiting: 2 };
/** The rows count the attempts: the queue must not give up a job by itself. */
const anyNumber = 2 ** 31 - 1;

const jobOptions = { removeOnComplete: true, removeOnFail: true, priority: priority.waiting };

/** The queue was closed while it was used, to be opened again: its jobs are seen to there. */
export class BullJobsClosedError extends Error {
  override readonly name = "BullJobsClosedError";
  constructor() {
    super("The queue was closed");
  }
}

/** What says that the queue's schema, or something in it, is not there. */
const missingCodes = ["3F000", "42P01", "42704", "42883"];
/** What says that something is there that a schema without a record of it should not hold. */
const duplicateCodes = ["42P06", "42P07", "42710", "42723", "23505"];

/** Whether the queue's tables are gone, and it must be opened again. */
export function isQueueMissing(error: unknown): boolean {
  return missingCodes.includes(codeOf(error)) || nameOf(error) === "SchemaMigrationRequiredError";
}

/** Connects to the queue, and creates its tables where they are not. */
export async function openBullJobs(url: string, options: BullJobsOptions): Promise<BullJobs> {
  const { lockMilliseconds, stalledMilliseconds, report } = options;
  const { Queue, Worker, createPostgresBackend, runMigrations } = await import("bullmq");
  const connection = connectionOf(url);
  await migrate(connection, runMigrations);
  const onQueue = { connection: connection as PostgresPoolConfig };

  const queue = new Queue(queueName, { ...onQueue, skipMetasUpdate: true }, createPostgresBackend);
  queue.on("error", report);
  await ready(queue);

  // Without a processor: jobs are fetched one by one, and locks are renewed here.
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
  /** Made when it is first needed: a process that only adds jobs has none. */
  let worker: ReturnType<typeof createWorker> | undefined;
  let waitingEnded = false;
  let isClosed = false;

  let giveUp = () => {};
  const closing = new Promise<never>((_, reject) => {
    giveUp = () => reject(new BullJobsClosedError());
  });
  closing.catch(() => {});
  /** BullMQ lets what is asked of a closed connection wait for ever. */
  const untilClosed = <T>(asked: Promise<T>): Promise<T> => Promise.race([asked, closing]);

  /** Of the jobs that are locked here, by id. */
  const tokens = new Map<string, string>();
  let fetched = 0;

  function fetchedJob(job: Job, id: string, token: string): FetchedJob {
    tokens.set(id, token);
    const unlock = () => {
      if (tokens.get(id) === token) tokens.delete(id);
    };
    /** Where the lock was lost, or the job: another process has it, unless nobody has. */
    const move = async (asked: Promise<unknown>, otherwise: () => Promise<unknown>) => {
      unlock();
      try {
        await untilClosed(asked.catch(otherwise));
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
    // Not left to getNextJob, which after an error would wait for up to an hour.
    await worker?.backend.waitForJob(waitSeconds);
    return fetch();
  }

  async function removeEnded(): Promise<void> {
    for (const state of ["completed", "failed"] as const) await queue.clean(0, 0, state);
  }

  async function renewLocks(): Promise<void> {
    if (tokens.size === 0) return;
    // A lock that is lost is no matter: the row's lease keeps the job.
    await worker?.extendJobLocks([...tokens.keys()], [...tokens.values()], lockMilliseconds);
  }

  async function recoverStalled(): Promise<void> {
    // Asked first, since a look for stalled jobs writes: an idle system stays as it is.
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

/** Connected, and the tables looked at: BullMQ does that once, and would fail with the same error ever after. */
async function ready<T extends Closable>(made: T): Promise<T> {
  try {
    await made.waitUntilReady();
    return made;
  } catch (error) {
    closed(made).catch(() => {});
    throw error;
  }
}

/** A connection that hangs never says that it is closed. */
async function closed(...made: (Closable | undefined)[]): Promise<void> {
  await waitAtMost(Promise.allSettled(made.map((each) => each?.close(true))), closeMilliseconds);
}

function connectionOf(url: string): pg.PoolConfig & { schema: string } {
  // BullMQ reads 64-bit integers as pg gives them.
  const { types: _, ...config } = connectionConfig(url, {
    applicationName: "medoid queue",
    statementSeconds,
    schema: queueSchema,
  });
  return { ...config, max: connectionsOfPool, schema: queueSchema };
}

/**
 * Creates the queue's tables, or brings them to this version.
 * @throws Error that names the role that may not, and the statement that gives it the right
 */
export async function migrateJobQueue(url: string): Promise<void> {
  const { runMigrations } = await import("bullmq");
  await migrate(connectionOf(url), runMigrations);
}

/** Several processes may begin at once: one migrates, the others wait. */
async function migrate(
  { schema, ...config }: ReturnType<typeof connectionOf>,
  runMigrations: typeof import("bullmq").runMigrations,
): Promise<void> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // told by the statement that fails
  await client.connect();
  try {
    if (await isCurrent(client)) return;
    await requireQueueRights(client);
    try {
      await runMigrations(client, schema);
    } catch (error) {
      if (!duplicateCodes.includes(codeOf(error))) throw error;
      // The record of what it holds was emptied. All that it holds can be written again from the rows.
      await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await runMigrations(client, schema);
    }
  } finally {
    client.end().catch(() => {});
  }
}

/** Whether there is nothing to migrate: looking needs no right to create. */
async function isCurrent(client: pg.Client): Promise<boolean> {
  const { assertSchemaCompatibility, LATEST_SCHEMA_VERSION } = await import("bullmq");
  try {
    return (await assertSchemaCompatibility(client, queueSchema)) >= LATEST_SCHEMA_VERSION;
  } catch (error) {
    // Of SchemaVersionMismatchError and the like the migrations themselves say more.
    if (isQueueMissing(error) || error instanceof pg.DatabaseError) return false;
    throw error;
  }
}

/** Asked before, since PostgreSQL names neither the role nor what would give it the right. */
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
