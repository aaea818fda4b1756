import { type Command, InvalidArgumentError, Option } from "commander";
import { describeSettings } from "../settings.js";
import { wholeNumber } from "./clusterOptions.js";

export const defaultPort = 4000;
export const defaultHost = "127.0.0.1";

/** By OpenTelemetry's own variable, which is no setting of Medoid's. */
const tracesHelp = `  OTEL_EXPORTER_OTLP_ENDPOINT
      where traces are sent, by OTLP over HTTP: setting it turns them on (default: none)`;

export interface ListenOptions {
  port: number;
  host: string;
  /** Whether anybody who reaches the address may do everything. */
  insecure?: boolean;
}

export function addListenOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--port <n>", "the port; 0 takes any that is free")
        .argParser(portNumber)
        .env("MEDOID_PORT")
        .default(defaultPort),
    )
    .addOption(
      new Option("--host <address>", "the address to listen on").env("MEDOID_HOST").default(defaultHost),
    )
    .option("--insecure", "listen on any address without API keys: whoever reaches it may do everything")
    .addHelpText("after", () => `\n${describeSettings()}\n${tracesHelp}`);
}

export function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port < 0 || port > 65_535) throw new InvalidArgumentError("It must be from 0 to 65535.");
  return port;
}
