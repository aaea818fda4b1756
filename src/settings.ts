import { availableParallelism, totalmem } from "node:os";

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
type LogLevel = (typeof logLevels)[number];

/** A setting cannot be read. The message names its variable and its value. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

interface Definition<T> {
  variable: string;
  description: string;
  default: () => T;
  /** The default in words, for the documentation, if it depends on the machine. */
  defaultInWords?: string;
  parse: (text: string) => T | undefined;
  expected: string;
  format: (value: T) => string;
}

/**
 * The part of the machine's memory that a clustering may use by default; the rest is left to everything else.
 */
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

const seconds = {
  parse: (text: string) => (Number(text) > 0 && Number.isFinite(Number(text)) ? Number(text) : undefined),
  expected: "a number of seconds above 0",
  format: (value: number) => `${value} s`,
};

const bytes = {
  parse: parseBytes,
  expected: "a number of bytes, or of kB, MB, GB: 4GB",
  format: formatBytes,
};

const countFromZero = {
  parse: (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  expected: "a whole number from 0",
};

const onOrOff = {
  parse: (text: string) => ({ on: true, off: false })[text],
  expected: "on or off",
  format: (value: boolean) => (value ? "on" : "off"),
};

const origins = {
  parse: (text: string) => {
    const list = text.split(/[\s,]+/).filter(Boolean);
    return list.every(isOrigin) ? list : undefined;
  },
  expected: 'origins, as browsers send them, separated by commas: "https://example.org"',
  format: (value: string[]) => value.join(", ") || "none",
};
const orNone = { default: () => null, format: (value: string | null) => value ?? "none" };

/** Lets TypeScript infer the type of a setting from its definition. */
const setting = <T>(definition: Definition<T>): Definition<T> => definition;

/** Settings of the database. */
const database = {
  allowNewerDatabase: setting({
    variable: "MEDOID_ALLOW_NEWER_DATABASE",
    description:
      "whether to open a database that a newer version has migrated; only during a roll-out, and not if the newer version's changelog says that older processes cannot run beside it",
    default: () => false,
    ...onOrOff,
  }),
};

/** Who may use the API, from which addresses, and with which documents. */
const access = {
  requireKeys: setting({
    variable: "MEDOID_REQUIRE_KEYS",
    description: "whether requests need an API key even before the first key is created",
    default: () => false,
    ...onOrOff,
  }),
  rateLimit: setting({
    variable: "MEDOID_RATE_LIMIT",
    description: "the cost per minute that a key, or an address without a key, may use; 0: no limit",
    default: () => 100_000,
    ...countFromZero,
    format: String,
  }),
  trustedProxies: setting({
    variable: "MEDOID_TRUSTED_PROXIES",
    description:
      "number of trusted proxies in front of the server; the client's address is taken from their X-Forwarded-For",
    default: () => 0,
    ...countFromZero,
    format: String,
  }),
  baseUrl: setting<string | null>({
    variable: "MEDOID_BASE_URL",
    description: "the URL at which clients reach the server; without it, the host that each request names",
    ...orNone,
    parse: parseBaseUrl,
    expected: "a URL that begins with http:// or https://",
  }),
  imageUrlSeconds: setting({
    variable: "MEDOID_IMAGE_URL_SECONDS",
    description:
      "if API keys are required: the shortest time for which the signed address of an image, an exported file or the points of a map is valid; the longest is twice that",
    default: () => 3600,
    ...count,
    format: (value) => `${value} s`,
  }),
  documents: setting<string | null>({
    variable: "MEDOID_DOCUMENTS",
    description:
      "a JSON file that maps ids to trusted documents; clients may send an id instead of a document",
    ...orNone,
    parse: (text) => text || undefined,
    expected: "the path of a file",
  }),
  documentsOnly: setting({
    variable: "MEDOID_DOCUMENTS_ONLY",
    description: "whether documents that are not in MEDOID_DOCUMENTS, which must be set then, are refused",
    default: () => false,
    ...onOrOff,
  }),
};

/** How the server responds, stops and logs. */
const server = {
  logLevel: setting<LogLevel>({
    variable: "MEDOID_LOG_LEVEL",
    description: `the lowest level that is logged, as lines of JSON on stderr: ${logLevels.join(", ")}`,
    default: () => "info",
    parse: (text) => logLevels.find((level) => level === text),
    expected: `one of ${logLevels.join(", ")}`,
    format: String,
  }),
  unreadySeconds: setting({
    variable: "MEDOID_UNREADY_SECONDS",
    description:
      "on shutdown, how long the server still serves requests while /health/ready reports that it is not ready",
    default: () => 0,
    ...secondsFromZero,
  }),
  stopSeconds: setting({
    variable: "MEDOID_STOP_SECONDS",
    description: "on shutdown, how long the server then waits for running requests to finish",
    default: () => 10,
    ...secondsFromZero,
  }),
  responseCacheBytes: setting({
    variable: "MEDOID_RESPONSE_CACHE_BYTES",
    description: "largest size of the response cache; 0: nothing is cached",
    default: () => 64e6,
    parse: (text) => (text === "0" ? 0 : parseBytes(text)),
    expected: "a number of bytes, or of kB, MB, GB: 64MB",
    format: (bytes) => `${bytes / 1e6}MB`,
  }),
  treeCacheBytes: setting({
    variable: "MEDOID_TREE_CACHE_BYTES",
    description:
      "largest size of the cache of spanning trees, from which sweeps, merges and the distances of outliers are computed; a larger tree is not cached; 0: a tree is read again for each of these",
    default: () => 64e6,
    parse: (text) => (text === "0" ? 0 : parseBytes(text)),
    expected: "a number of bytes, or of kB, MB, GB: 64MB",
    format: (bytes) => `${bytes / 1e6}MB`,
  }),
  vectorCacheBytes: setting({
    variable: "MEDOID_VECTOR_CACHE_BYTES",
    description:
      "largest size of the cache of vectors of clustered embeddings, with which `assign` compares others; the vectors of a larger result are not cached; 0: they are read again for each request",
    default: () => 256e6,
    parse: (text) => (text === "0" ? 0 : parseBytes(text)),
    expected: "a number of bytes, or of kB, MB, GB: 256MB",
    format: (bytes) => `${bytes / 1e6}MB`,
  }),
  introspection: setting({
    variable: "MEDOID_INTROSPECTION",
    description: "whether clients may use introspection and read /schema.graphql",
    default: () => true,
    ...onOrOff,
  }),
  page: setting({
    variable: "MEDOID_PAGE",
    description: "whether the page for people is served at /",
    default: () => true,
    ...onOrOff,
  }),
  graphiql: setting({
    variable: "MEDOID_GRAPHIQL",
    description: "whether GraphiQL is served",
    default: () => true,
    ...onOrOff,
  }),
  getRequests: setting({
    variable: "MEDOID_GET",
    description: "whether queries may also be sent by GET",
    default: () => true,
    ...onOrOff,
  }),
  corsOrigins: setting({
    variable: "MEDOID_CORS_ORIGINS",
    description: "origins whose pages may use the API from a browser, separated by commas",
    default: () => [],
    ...origins,
  }),
};

/** Limits of the machine's resources that clusterings may use. */
const clustering = {
  clusteringConcurrency: setting({
    variable: "MEDOID_CLUSTERING_CONCURRENCY",
    description: "how many clusterings a process computes at a time",
    default: () => 1,
    ...count,
  }),
  clusteringThreads: setting({
    variable: "MEDOID_CLUSTERING_THREADS",
    description: "how many threads the clusterings of a process share",
    default: () => availableParallelism(),
    defaultInWords: "the machine's cores",
    ...count,
  }),
  clusteringSecondsLimit: setting({
    variable: "MEDOID_CLUSTERING_SECONDS_LIMIT",
    description: "clusterings that are estimated to take longer are refused",
    default: () => 600,
    ...seconds,
  }),
  clusteringBytesLimit: setting({
    variable: "MEDOID_CLUSTERING_BYTES_LIMIT",
    description: "clusterings that are estimated to need more memory are refused",
    default: () => Math.floor(shareOfMemory * memoryOfMachine()),
    defaultInWords: "three quarters of the machine's memory",
    ...bytes,
  }),
};

/** Limits of what a request may contain or cause. */
const limits = {
  limitTokens: setting({
    variable: "MEDOID_LIMIT_TOKENS",
    description: "maximum number of tokens in a document",
    default: () => 1000,
    ...count,
  }),
  limitDepth: setting({
    variable: "MEDOID_LIMIT_DEPTH",
    description: "maximum number of levels of nested fields, counted through fragments",
    default: () => 12,
    ...count,
  }),
  limitIntrospectionDepth: setting({
    variable: "MEDOID_LIMIT_INTROSPECTION_DEPTH",
    description:
      "maximum number of levels of fields below __schema and __type; circular introspection is always refused",
    default: () => 20,
    ...count,
  }),
  limitAliases: setting({
    variable: "MEDOID_LIMIT_ALIASES",
    description: "maximum number of aliases, including those of __typename fields, counted through fragments",
    default: () => 20,
    ...count,
  }),
  limitDirectives: setting({
    variable: "MEDOID_LIMIT_DIRECTIVES",
    description: "maximum number of directives, counted through fragments; at most 4 at one place",
    default: () => 50,
    ...count,
  }),
  limitRepeats: setting({
    variable: "MEDOID_LIMIT_REPEATS",
    description:
      "maximum number of fields with the same name or alias in a document, because each is compared with every other",
    default: () => 200,
    ...count,
  }),
  limitBatch: setting({
    variable: "MEDOID_LIMIT_BATCH",
    description: "maximum number of operations in one batched request; 1: batches are refused",
    default: () => 1,
    ...count,
  }),
  limitBodyBytes: setting({
    variable: "MEDOID_LIMIT_BODY_BYTES",
    description: "largest body of a request",
    default: () => 100_000,
    ...bytes,
  }),
  limitRecordingBytes: setting({
    variable: "MEDOID_LIMIT_RECORDING_BYTES",
    description:
      "largest body of a request whose only field is recordTrajectories; its document may not exceed MEDOID_LIMIT_BODY_BYTES, so send long values as variables",
    default: () => 32_000_000,
    ...bytes,
  }),
  limitCost: setting({
    variable: "MEDOID_LIMIT_COST",
    description: "maximum number of objects that an operation could have to read",
    default: () => 10_000,
    ...count,
  }),
  limitNesting: setting({
    variable: "MEDOID_LIMIT_NESTING",
    description: "maximum number of levels of nested lists and objects in a request's JSON",
    default: () => 30,
    ...count,
  }),
  limitValues: setting({
    variable: "MEDOID_LIMIT_VALUES",
    description:
      "maximum number of values in a request's JSON: fields of objects and elements of lists, including the floats of vectors; a list or object counts as 5, a base64 string as 1",
    default: () => 300_000,
    ...count,
    parse: (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined),
  }),
  limitAnswerBytes: setting({
    variable: "MEDOID_LIMIT_ANSWER_BYTES",
    description: "largest approximate size of a response's texts and vectors",
    default: () => 20_000_000,
    ...bytes,
  }),
  limitSeconds: setting({
    variable: "MEDOID_LIMIT_SECONDS",
    description: "longest time of a query or mutation; then its SQL is stopped and its changes are undone",
    default: () => 10,
    ...seconds,
  }),
  limitSockets: setting({
    variable: "MEDOID_LIMIT_SOCKETS",
    description: "maximum number of WebSocket connections at a time; 0: none are accepted",
    default: () => 1000,
    ...countFromZero,
    format: String,
  }),
  limitSocketOperations: setting({
    variable: "MEDOID_LIMIT_SOCKET_OPERATIONS",
    description: "maximum number of operations at a time on one WebSocket connection",
    default: () => 100,
    ...count,
  }),
};

/**
 * All settings. Each is described only here; --help, the documentation and the type below are derived from
 * this table.
 */
export const settingDefinitions = { ...database, ...access, ...server, ...clustering, ...limits };

/** The values of all settings: from environment variables, or the defaults. */
export type Settings = {
  [Name in keyof typeof settingDefinitions]: ReturnType<(typeof settingDefinitions)[Name]["default"]>;
};

/**
 * @throws SettingError for the first variable that cannot be parsed, or for variables that contradict each
 *   other
 */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const settings = Object.fromEntries(
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
  ) as Settings;
  // Without a file there would be no documents to restrict requests to, and every document would be accepted.
  if (settings.documentsOnly && settings.documents === null) {
    const { documents, documentsOnly } = settingDefinitions;
    throw new SettingError(
      `${documentsOnly.variable} is on, but ${documents.variable} does not name a file.`,
    );
  }
  return settings;
}

/**
 * Variables that are not settings of the server: those of options, of clients in the documentation, and of
 * the tests.
 */
const otherVariables =
  /^MEDOID_(PORT|HOST|WORKER_PORT|API_KEY|URL|KEY|ADDRESS|TEST_DATABASE_URL|FAULTS(_SEED)?|FAULT_POINT(_\w+)?|WRITE_FAULTS(_SEED)?|POISON_\w+)$/;

/** The variables that look like settings but are not, such as misspelt ones, and that nothing reads. */
export function unknownVariables(environment: NodeJS.ProcessEnv = process.env): string[] {
  const known = new Set(Object.values(settingDefinitions).map(({ variable }) => variable));
  return Object.keys(environment).filter(
    (name) => name.startsWith("MEDOID_") && !known.has(name) && !otherVariables.test(name),
  );
}

export interface DescribedSetting {
  variable: string;
  description: string;
}

/** Describes settings, by default all, with their defaults on this machine, for --help. */
export function describeSettings(
  names = Object.keys(settingDefinitions) as (keyof Settings)[],
): DescribedSetting[] {
  return names.map((name) => {
    const {
      variable,
      description,
      default: byDefault,
      defaultInWords,
      format,
    } = settingDefinitions[name] as Definition<unknown>;
    const words = defaultInWords ? `${defaultInWords}, ` : "";
    return { variable, description: `${description} (default: ${words}${format(byDefault())})` };
  });
}

function parseBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) return undefined;
  return text.replace(/\/+$/, "");
}

function parseBytes(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?(kB|MB|GB)?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const factor = { kb: 1e3, mb: 1e6, gb: 1e9 }[unit?.toLowerCase() ?? ""] ?? 1;
  const bytes = Math.floor(Number(digits) * factor);
  return bytes > 0 ? bytes : undefined;
}

function formatBytes(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)}GB`;
  return value >= 1e6 ? `${value / 1e6}MB` : `${value / 1e3}kB`;
}

/** Whether the text is an origin as browsers send it: scheme, host and port, nothing else. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** Bytes of memory: the container's limit if the system reports one, otherwise the machine's memory. */
function memoryOfMachine(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}
