import { builder } from "./builder.js";
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
schema.description =
  'Medoid clusters the embeddings of generative-AI runs, and leads from each cluster to its medoid, from the medoid to the invocation that produced it, and from there to its run. Every field of Query and Mutation may be null, so that an error in one leaves the others their data. Where an argument or input field has a default, null means the default. Ids are typed, such as "Run:0198c1b2-…"; a field that takes the id of one type also takes the bare UUID.';
