/** A server that does not respond, or refuses a request; the message is for the user. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  /** The name of the server's limit that the request exceeds, if that is why it is refused. */
  readonly limit: string | null;
  /** Whether the server did not understand the document, as one of another version may not. */
  readonly isUnknownDocument: boolean;

  constructor(
    message: string,
    { limit = null, isUnknownDocument = false }: { limit?: string | null; isUnknownDocument?: boolean } = {},
  ) {
    super(message);
    this.limit = limit;
    this.isUnknownDocument = isUnknownDocument;
  }
}
