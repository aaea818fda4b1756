import { namingOtherVersion } from "../../remote/otherVersion.js";
import type { ServerAddress } from "../../remote/serverAddress.js";
import { ServerError } from "../../remote/serverError.js";
import { CommandError } from "../process.js";

/** The error with which a command ends if a server has not done what was asked; other errors are returned as they are. */
export async function serverCommandError(server: ServerAddress, error: unknown): Promise<unknown> {
  if (!(error instanceof ServerError)) return error;
  return new CommandError((await namingOtherVersion(server, error)).message);
}
