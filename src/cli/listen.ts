import { type Command, InvalidArgumentError } from "commander";
import { describeSettings } from "../settings.js";
import { wholeNumber } from "./clusterOptions.js";

export const defaultPort = 4000;
export const defaultHost = "127.0.0.1";

export interface ListenOptions {
  port: number;
  host: string;
}

export function addListenOptions(command: Command): Command {
  return command
    .option("--port <n>", "the port; 0 takes any that is free", portNumber, defaultPort)
    .option("--host <address>", "the address to listen on", defaultHost)
    .addHelpText("after", () => `\n${describeSettings()}`);
}

/** "http://127.0.0.1:4000" */
export function serverUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function portNumber(text: string): number {
  const port = wholeNumber(text);
  if (port < 0 || port > 65_535) throw new InvalidArgumentError("It must be from 0 to 65535.");
  return port;
}
