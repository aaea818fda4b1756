/** A running server. */
export interface ServerAddress {
  /** The URL below which /graphql is, without a slash at the end. */
  readonly url: string;
  /** The API key, if one was given. */
  readonly key?: string;
}
