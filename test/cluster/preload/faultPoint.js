// Runs before Medoid in a process, and in each of its threads (NODE_OPTIONS=--import): at one point of a clustering's
// way it says on stderr that the point is reached, and holds the thread there, so that a test can strike meanwhile.
//   MEDOID_FAULT_POINT         LOADING, a stage of the engine, or STORING
//   MEDOID_FAULT_POINT_COUNT   at LOADING the how-manieth vector that is read, at STORING the how-manieth transaction
//   MEDOID_FAULT_POINT_INSIDE  at STORING "yes": after the transaction's first statement, not before it begins
//   MEDOID_FAULT_POINT_HOLD    milliseconds
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

const {
  MEDOID_FAULT_POINT: point,
  MEDOID_FAULT_POINT_COUNT: count = "1",
  MEDOID_FAULT_POINT_INSIDE: inside = "no",
  MEDOID_FAULT_POINT_HOLD: hold = "0",
} = process.env;

let passed = 0;
function pass() {
  if (++passed !== Number(count)) return;
  writeSync(2, `fault point ${point}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(hold));
}

const { prototype } = createRequire(import.meta.url)("libsql");
const { prepare, exec } = prototype;
let isStoring = false;

prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  if (point === "LOADING" && sql.startsWith(`SELECT "vector" FROM "Embedding"`)) {
    const { get } = statement;
    statement.get = function (...values) {
      pass();
      return get.apply(this, values);
    };
  }
  if (point === "STORING" && sql.includes(`DELETE FROM "ClusterAssignment"`)) isStoring = true;
  return statement;
};

prototype.exec = function (sql) {
  const begins = isStoring && sql === "BEGIN IMMEDIATE";
  if (begins && inside === "no") pass();
  const result = exec.call(this, sql);
  if (begins && inside === "yes") {
    exec.call(this, `UPDATE "EmbeddingModel" SET "name" = "name"`);
    pass();
  }
  return result;
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
