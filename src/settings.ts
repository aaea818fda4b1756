import { availableParallelism, totalmem } from "node:os";

/** What an operator may set, by environment variables. */
export interface Settings {
  /** The least that is logged. */
  logLevel: LogLevel;
  /** Told to stop, the server says that it is not ready for so long, and still answers. Seconds. */
  unreadySeconds: number;
  /** Told to stop, the server waits so long for the requests that run. Seconds. */
  stopSeconds: number;
  /** Clusterings that one process computes at a time. */
  clusteringConcurrency: number;
  /** Threads that the clusterings of one process share. */
  clusteringThreads: number;
  /** A clustering whose estimated time is above it is refused. Seconds. */
  clusteringSecondsLimit: number;
  /** A clustering whose estimated memory is above it is refused. Bytes. */
  clusteringBytesLimit: number;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A setting that cannot be read: the message names its variable and what it holds. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

interface Definition<T> {
  variable: string;
  description: string;
  default: () => T;
  parse: (text: string) => T | undefined;
  expected: string;
  format: (value: T) => string;
}

/** A clustering leaves so much of the machine's memory to everything else. */
const shareOfMemory = 0.75;

const count = {
  parse: (text: string) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined),
  expected: "a whole number from 1",
  format: String,
};

const secondsFromZero = {
  parse: (text: string) => (/^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) : undefined),
  expected: "a number of seconds from 0",
  format: (value: number) => `${value} s`,
};

export const settingDefinitions: { [name in keyof Settings]: Definition<Settings[name]> } = {
  logLevel: {
    variable: "MEDOID_LOG_LEVEL",
    description: `the least that is logged, as lines of JSON on stderr: ${logLevels.join(", ")}`,
    default: () => "info",
    parse: (text) => logLevels.find((level) => level === text),
    expected: `one of ${logLevels.join(", ")}`,
    format: String,
  },
  unreadySeconds: {
    variable: "MEDOID_UNREADY_SECONDS",
    description: "told to stop, the server says for so long that it is not ready, and still answers",
    default: () => 0,
    ...secondsFromZero,
  },
  stopSeconds: {
    variable: "MEDOID_STOP_SECONDS",
    description: "told to stop, the server waits so long for the requests that run",
    default: () => 10,
    ...secondsFromZero,
  },
  clusteringConcurrency: {
    variable: "MEDOID_CLUSTERING_CONCURRENCY",
    description: "clusterings that are computed at a time",
    default: () => 1,
    ...count,
  },
  clusteringThreads: {
    variable: "MEDOID_CLUSTERING_THREADS",
    description: "threads that clusterings share; the machine's cores unless set",
    default: () => availableParallelism(),
    ...count,
  },
  clusteringSecondsLimit: {
    variable: "MEDOID_CLUSTERING_SECONDS_LIMIT",
    description: "a clustering estimated to take longer is refused",
    default: () => 600,
    parse: (text) => (Number(text) > 0 && Number.isFinite(Number(text)) ? Number(text) : undefined),
    expected: "a number of seconds above 0",
    format: (seconds) => `${seconds} s`,
  },
  clusteringBytesLimit: {
    variable: "MEDOID_CLUSTERING_BYTES_LIMIT",
    description:
      "a clustering estimated to need more memory is refused; three quarters of the machine's unless set",
    default: () => Math.floor(shareOfMemory * memoryOfMachine()),
    parse: parseBytes,
    expected: "a number of bytes, or of kB, MB, GB: 4GB",
    format: (bytes) => `${(bytes / 1e9).toFixed(1)}GB`,
  },
};

/** @throws SettingError for the first variable that does not parse */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  return Object.fromEntries(
    Object.entries(settingDefinitions).map(([name, definition]) => {
      const text = environment[definition.variable];
      if (text === undefined) return [name, definition.default()];
      const value = definition.parse(text);
      if (value === undefined) {
        throw new SettingError(
          `${definition.variable} must be ${definition.expected}, not ${JSON.stringify(text)}.`,
        );
      }
      return [name, value];
    }),
  ) as unknown as Settings;
}

/** Every setting with its variable and default, for --help. */
export function describeSettings(): string {
  const lines = Object.values(settingDefinitions).map((definition) => {
    const { variable, description, default: byDefault, format } = definition as Definition<unknown>;
    return `  ${variable}\n      ${description} (default: ${format(byDefault())})`;
  });
  return ["Settings, by environment variables:", ...lines].join("\n");
}

function parseBytes(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?(kB|MB|GB)?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = { kb: 1e3, mb: 1e6, gb: 1e9 }[unit?.toLowerCase() ?? ""] ?? 1;
  const bytes = Math.floor(Number(digits) * factor);
  return bytes > 0 ? bytes : undefined;
}

/** What a container may use, where it is told, else what the machine has. */
function memoryOfMachine(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
