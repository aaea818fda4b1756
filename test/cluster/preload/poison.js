// Runs before Medoid in a process, and in each of its threads (NODE_OPTIONS=--import): the engine crashes the whole
// process when it is given a clustering of that minClusterSize, as one does that takes all the memory.
import { parentPort } from "node:worker_threads";

const poisonous = Number(process.env.MEDOID_POISON_MIN_CLUSTER_SIZE);

if (parentPort !== null) {
  const { on } = parentPort;
  parentPort.on = function (event, listener) {
    return on.call(this, event, (message) => {
      if (message?.kind === "lead" && message.parameters.minClusterSize === poisonous) {
        process.kill(process.pid, "SIGKILL");
      }
      listener(message);
    });
  };
}
