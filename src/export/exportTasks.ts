// Runs on a database thread: the tasks that an exporter requests by name.
import { workerData } from "node:worker_threads";
import { readingTasks } from "../database/readingTasks.js";
import type { DatabaseThreadData } from "../database/threads/databaseThreads.js";
import { serveTasks } from "../database/threads/taskThread.js";
import { encodedPiece } from "./encodedPiece.js";
import { mapPointsPiece } from "./mapPoints/mapPointsPiece.js";

const task = readingTasks(workerData as DatabaseThreadData);

serveTasks({ encodedPiece: task(encodedPiece), mapPointsPiece: task(mapPointsPiece) });
