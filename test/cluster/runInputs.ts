import { v7 as uuid } from "uuid";

/** A run as recordTrajectories and JSON lines accept it. */
export interface RunInput {
  id: string;
  network: string[];
  initialPrompt: string;
  invocations: object[];
}

/**
 * A run of `invocations` texts, each with an embedding, in the same groups as the test database's others.
 * @param bytes of each text
 */
export function runInput(prompt: string, invocations: number, bytes = 10): RunInput {
  return {
    id: uuid(),
    network: ["Painter"],
    initialPrompt: prompt,
    invocations: Array.from({ length: invocations }, (_, sequenceNumber) => ({
      id: uuid(),
      sequenceNumber,
      model: "Painter",
      type: "TEXT",
      outputText: `${prompt}, ${sequenceNumber}`.padEnd(bytes, "."),
      embeddings: [
        { id: uuid(), embeddingModel: "Model", vector: { floats: [1, 0, 0, 0.001 * sequenceNumber] } },
      ],
    })),
  };
}

export const recordMutation = /* GraphQL */ `
  mutation ($input: RecordTrajectoriesInput!) {
    recordTrajectories(input: $input) {
      __typename
      ... on RecordedTrajectories { runCount invocationCount embeddingCount }
      ... on Error { message }
    }
  }
`;

export interface RecordData {
  recordTrajectories: {
    __typename: string;
    runCount?: number;
    invocationCount?: number;
    embeddingCount?: number;
  };
}
