// Runs before Medoid in a process, and in each of its threads (NODE_OPTIONS=--import): the engine crashes the whole
// process when it gets a clustering with one minClusterSize, as a clustering that needs too much memory would; and it
// takes longer, by a given number of milliseconds, for one with another minClusterSize.
import { parentPort } from "node:worker_threads";

const poisonous = Number(process.env.MEDOID_POISON_MIN_CLUSTER_SIZE);
const slow = Number(process.env.MEDOID_POISON_SLOW_MIN_CLUSTER_SIZE);
const slowMilliseconds = Number(process.env.MEDOID_POISON_SLOW_MILLISECONDS);

if (parentPort !== null) {
  const { on } = parentPort;
  parentPort.on = function (event, listener) {
    return on.call(this, event, (message) => {
      const size = message?.kind === "lead" ? message.parameters.minClusterSize : undefined;
      if (size === poisonous) process.kill(process.pid, "SIGKILL");
      if (size === slow) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, slowMilliseconds);
      listener(message);
    });
  };
}
