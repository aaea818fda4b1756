import { type Command, InvalidArgumentError, Option } from "commander";
import { wholeNumber } from "./clusterOptions.js";
import { addSettings } from "./helpText.js";

export const defaultPort = 4000;
export const defaultHost = "127.0.0.1";

/** A standard variable of OpenTelemetry, and therefore not among Medoid's settings. */
const tracesEndpoint = {
  variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
  description:
    "the address that traces are sent to, by OTLP over HTTP; without it there are no traces (default: none)",
};

export interface ListenOptions {
  port: number;
  host: string;
  /**
   * Whether to listen on any address without API keys, so that everybody who can reach it may do everything.
   */
  insecure?: boolean;
}

export function addListenOptions(command: Command): Command {
  command
    .addOption(
      new Option("--port <n>", "the port to listen on; 0 for any free port")
        .argParser(portNumber)
        .env("MEDOID_PORT")
        .default(defaultPort),
    )
    .addOption(
      new Option("--host <address>", "the address to listen on").env("MEDOID_HOST").default(defaultHost),
    )
    .option(
      "--insecure",
      "listen on any address without API keys; everybody who can reach it may do everything",
    );
  return addSettings(command, undefined, [tracesEndpoint]);
}

export function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port < 0 || port > 65_535) throw new InvalidArgumentError("It must be from 0 to 65535.");
  return port;
}
