import { builder } from "./builder.js";
import "./scalars.js";
import "./connections.js";
import "./node.js";
import "./errors.js";
import "./run.js";
import "./invocation.js";
import "./embeddingModel.js";
import "./embedding.js";
import "./embeddingDistance.js";
import "./membership.js";
import "./clusteringResult.js";
import "./cluster.js";
import "./clusterAssignment.js";
import "./clusterMerge.js";
import "./predictedAssignment.js";
import "./annotations.js";
import "./composition.js";
import "./condensedTree.js";
import "./sweep.js";
import "./clusterEmbeddings.js";
import "./clusteringEstimate.js";
import "./clusteringComparison.js";
import "./embeddingMap.js";
import "./mapEmbeddings.js";
import "./recordTrajectories.js";
import "./recordedValues.js";

builder.queryType({ description: "Fields that read data." });
builder.mutationType({ description: "Fields that change data." });
builder.subscriptionType({
  description: "Fields that report changes as they happen, by server-sent events or over a WebSocket.",
});

export const schema = builder.toSchema();
schema.description =
  'Medoid clusters the embeddings of generative-AI runs, and leads from each cluster to its medoid, from the medoid to the invocation that produced it, and from there to its run. Every field of Query and Mutation is nullable, so that an error in one of them does not remove the data of the others. For an argument or input field with a default, null means the default. Ids are typed, such as "Run:0198c1b2-…"; an argument or input field for the id of one type also accepts the bare UUID.';
