import { builder } from "../builder.js";
import "./scalars.js";
import "./connections.js";
import "./node.js";
import "./errors.js";
import "./run.js";
import "./invocation.js";
import "./embeddingModel.js";
import "./embedding.js";
import "./clusteringResult.js";
import "./cluster.js";
import "./clusterAssignment.js";
import "./clusterEmbeddings.js";
import "./recordTrajectories.js";

builder.queryType({ description: "What can be read." });
builder.mutationType({ description: "What can be changed." });
builder.subscriptionType({ description: "What can be watched, as server-sent events." });

export const schema = builder.toSchema();
