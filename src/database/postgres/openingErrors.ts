import type pg from "pg";
import { shellWord } from "../../runtime/shellWord.js";
import { quoted } from "./quoted.js";

/**
 * Adds advice to an error of connecting or migrating. No message contains a password: PostgreSQL does not
 * repeat it, and only other parts of the URL are quoted.
 */
export function explainedError(error: unknown, { database, user, host, port }: pg.ClientConfig): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  const at = host === undefined ? "" : ` -h ${host}${port === undefined ? "" : ` -p ${port}`}`;
  const explained = (message: string) => new Error(message, { cause: error });
  switch (code) {
    case "3D000":
      return explained(
        `there is no database ${quoted(database ?? "")} on this server. Create it: createdb${at} -E UTF8 -T template0 ${shellWord(database ?? "")}`,
      );
    case "28P01":
    case "28000":
      return explained(
        `${error.message}. What is special in a password is written as %XX in the URL: "/" as %2F, "?" as %3F, "#" as %23, "@" as %40, "%" as %25`,
      );
    case "53300":
      return explained(`${error.message}: the server's max_connections are in use`);
    case "42501":
      return /permission denied for database/.test(error.message)
        ? explained(
            `${error.message}. As an owner run: GRANT CONNECT ON DATABASE ${quoted(database ?? "")} TO ${user === undefined ? "the role" : quoted(user)};`,
          )
        : error;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return explained(`the host ${host} is not known (${code})`);
  }
  // For a host name with several addresses: each of them has failed, and the combined error has no message.
  if (error instanceof AggregateError && error.message === "") {
    const messages = error.errors.map((each: unknown) =>
      each instanceof Error ? each.message : String(each),
    );
    return explained(messages.join(", "));
  }
  return error;
}
