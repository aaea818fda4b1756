// Runs before Medoid in a process, and in each of its threads (NODE_OPTIONS=--import): a share of all writes fails. A
// write is what commits: a statement outside a transaction, the beginning of a transaction, or its end. BullMQ writes
// by calling functions of its own.
//   MEDOID_WRITE_FAULTS       the share of writes that fail
//   MEDOID_WRITE_FAULTS_SEED  a number
// Each fault is one of: refused at once; refused after a while; carried out, and then reported as failed. On PostgreSQL
// the connection is lost each time.
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { threadId } from "node:worker_threads";

const share = Number(process.env.MEDOID_WRITE_FAULTS);
let state =
  Math.imul(Number(process.env.MEDOID_WRITE_FAULTS_SEED), 0x9e3779b1) ^ Math.imul(threadId + 1, 0x85ebca6b);
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

/** The way in which the next write fails; null for most. */
function drawFault() {
  if (random() >= share) return null;
  const kind = ["refused", "timed out", "committed, then reported as failed"][Math.floor(random() * 3)];
  writeSync(2, `write fault: ${kind}\n`);
  return kind;
}
const whileMilliseconds = () => 50 + random() * 450;

const queueFunctions = [
  ...["add_jobs_bulk", "change_priority", "clean", "remove"],
  ...[
    "move_active_to_wait",
    "move_stalled_jobs_to_wait",
    "move_to_active",
    "move_to_completed",
    "move_to_delayed",
  ],
];
const writes = [
  /^(INSERT|UPDATE|DELETE)\b/i,
  /^WITH\b.*\b(INSERT|UPDATE|DELETE)\b/is,
  new RegExp(`^SELECT\\b.*?\\b(${queueFunctions.join("|")})\\(`, "s"),
];
const isWrite = (sql) => {
  const bare = sql.replace(/^(\s|--.*\n)+/, "");
  return writes.some((pattern) => pattern.test(bare));
};
const isBoundary = (sql) => /^\s*(BEGIN|COMMIT)\b/i.test(sql);

const require = createRequire(import.meta.url);
const { SqliteError, prototype: sqlite } = require("libsql");

function withFault(work) {
  const kind = drawFault();
  const failure = () => new SqliteError("disk I/O error", "SQLITE_IOERR", 10);
  if (kind === "refused") throw failure();
  if (kind === "timed out") {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, whileMilliseconds());
    throw failure();
  }
  const result = work();
  if (kind !== null) throw failure();
  return result;
}

const { prepare, exec } = sqlite;
sqlite.exec = function (sql) {
  return isBoundary(sql) ? withFault(() => exec.call(this, sql)) : exec.call(this, sql);
};
sqlite.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  if (!isBoundary(sql) && !isWrite(sql)) return statement;
  for (const name of ["run", "get", "all"]) {
    const call = statement[name].bind(statement);
    statement[name] = (...values) =>
      isWrite(sql) && this.inTransaction ? call(...values) : withFault(() => call(...values));
  }
  return statement;
};

const postgres = require("pg").Client.prototype;
const { query } = postgres;
const openTransactions = new WeakSet();
postgres.query = function (...parameters) {
  const [statement] = parameters;
  const sql = typeof statement === "string" ? statement : (statement.text ?? "");
  const inTransaction = openTransactions.has(this);
  if (/^\s*BEGIN\b/i.test(sql)) openTransactions.add(this);
  if (/^\s*(COMMIT|ROLLBACK)\s*;?$/i.test(sql)) openTransactions.delete(this);
  const kind = isBoundary(sql) || (isWrite(sql) && !inTransaction) ? drawFault() : null;
  if (kind === null) return query.apply(this, parameters);

  const loseConnection = () => this.connection.stream.destroy();
  const lost = () => new Error("Connection terminated unexpectedly");
  const callbackIndex = parameters.findLastIndex((each) => typeof each === "function");
  if (callbackIndex >= 0) {
    const callback = parameters[callbackIndex];
    if (kind === "committed, then reported as failed") {
      parameters[callbackIndex] = () => {
        loseConnection();
        callback(lost());
      };
      query.apply(this, parameters);
    } else {
      const fail = () => {
        loseConnection();
        callback(lost());
      };
      setTimeout(fail, kind === "refused" ? 0 : whileMilliseconds());
    }
    return undefined;
  }
  const fail = () => {
    loseConnection();
    throw lost();
  };
  if (kind === "committed, then reported as failed") return query.apply(this, parameters).then(fail);
  return new Promise((resolve) => setTimeout(resolve, kind === "refused" ? 0 : whileMilliseconds())).then(
    fail,
  );
};
