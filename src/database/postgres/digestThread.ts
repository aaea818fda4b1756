// Runs on a thread of its own: hashes rows as they are told to be at their places.
import { parentPort, workerData } from "node:worker_threads";
import { embeddingDigest } from "../embeddingDigest.js";
import { changes, type DigestTask, lastRow, readyRows } from "./runningDigest.js";

const { ids, vectors, bytesPerVector, state } = workerData as DigestTask;
const digest = embeddingDigest(ids, vectors, bytesPerVector);
for (let done = 0; ; ) {
  const seen = Atomics.load(state, changes);
  const ready = Atomics.load(state, readyRows);
  if (ready > done) {
    digest.update(ready);
    done = ready;
    continue;
  }
  if (Atomics.load(state, lastRow) === ready) break;
  Atomics.wait(state, changes, seen);
}
parentPort?.postMessage(digest.digest());
