// Runs before Medoid in a process, and in each of its threads (NODE_OPTIONS=--import): at one point in the course of a
// clustering or a map it reports on stderr that the point is reached, and pauses the thread there, so that a test can inject a
// fault at that moment.
//   MEDOID_FAULT_POINT         LOADING, a stage of the engine, or STORING
//   MEDOID_FAULT_POINT_COUNT   which vector (at LOADING on SQLite) or transaction (at STORING), counted from 1
//   MEDOID_FAULT_POINT_INSIDE  at STORING "yes": within the transaction, not before it begins
//   MEDOID_FAULT_POINT_HOLD    how many milliseconds the thread is paused
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";

const {
  MEDOID_FAULT_POINT: point,
  MEDOID_FAULT_POINT_COUNT: count = "1",
  MEDOID_FAULT_POINT_INSIDE: inside = "no",
  MEDOID_FAULT_POINT_HOLD: hold = "0",
} = process.env;

let passed = 0;
function isReached() {
  if (++passed !== Number(count)) return false;
  writeSync(2, `fault point ${point}\n`);
  return true;
}
function pass() {
  if (isReached()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(hold));
}

const require = createRequire(import.meta.url);
let isStoring = false;
/** Storing begins by removing what an earlier attempt has left. */
const beginsStoring = (sql) => /DELETE FROM "(ClusterAssignment|MapPosition)"/.test(sql);

const sqlite = require("libsql").prototype;
const { prepare, exec } = sqlite;
sqlite.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  if (point === "LOADING" && sql.startsWith(`SELECT "vector" FROM "Embedding"`)) {
    const { get } = statement;
    statement.get = function (...values) {
      pass();
      return get.apply(this, values);
    };
  }
  if (point === "STORING" && beginsStoring(sql)) isStoring = true;
  return statement;
};
sqlite.exec = function (sql) {
  const begins = isStoring && sql === "BEGIN IMMEDIATE";
  if (begins && inside === "no") pass();
  const result = exec.call(this, sql);
  if (begins && inside === "yes") {
    exec.call(this, `UPDATE "EmbeddingModel" SET "name" = "name"`);
    pass();
  }
  return result;
};

const { Client, Connection } = require("pg");
const connection = Connection.prototype;
const { query: send } = connection;
connection.query = function (sql) {
  if (point === "LOADING" && /^COPY .*"vector".* TO STDOUT/s.test(sql)) pass();
  return send.call(this, sql);
};
const postgres = Client.prototype;
const { query } = postgres;
postgres.query = function (statement, ...others) {
  const sql = typeof statement === "string" ? statement : (statement.text ?? "");
  const ask = () => query.call(this, statement, ...others);
  if (point === "STORING") {
    // Within: when everything is done except the commit.
    const isPoint = inside === "yes" ? sql.startsWith("SELECT pg_current_xact_id") : sql === "BEGIN";
    // On the process's main thread, which is not paused: it continues to renew its leases.
    if (isStoring && isPoint && isReached()) return sleep(Number(hold)).then(ask);
    if (beginsStoring(sql)) isStoring = true;
  }
  return ask();
};

if (parentPort !== null) {
  const { postMessage } = parentPort;
  let stage;
  parentPort.postMessage = function (message, ...others) {
    postMessage.call(this, message, ...others);
    if (message?.kind !== "progress" || message.progress.stage === stage) return;
    stage = message.progress.stage;
    if (stage === point) pass();
  };
}
