// Runs on a database thread: the task that a neighbour search requests by name.
import { workerData } from "node:worker_threads";
import { readingTasks } from "../../database/readingTasks.js";
import type { DatabaseThreadData } from "../../database/threads/databaseThreads.js";
import { serveTasks } from "../../database/threads/taskThread.js";
import { nearestOfResult } from "./nearestOfResult.js";

const task = readingTasks(workerData as DatabaseThreadData);

serveTasks({ nearestOfResult: task(nearestOfResult) });
