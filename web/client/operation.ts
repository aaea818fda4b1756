/** An operation of the API, as scripts/webOperations.js writes it from a `*.graphql` file. */
export interface Operation<Data, Variables> {
  readonly name: string;
  readonly kind: "query" | "mutation" | "subscription";
  /** The SHA-256 of the text. */
  readonly id: string;
  readonly text: string;
  /** Never there: it only carries the types. */
  readonly types?: (variables: Variables) => Data;
}
