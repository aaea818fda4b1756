import type { IncomingMessage } from "node:http";
import type { App } from "../app.js";
import { type Admission, createAdmission } from "./access/admission.js";
import { type ImageUrls, imageUrlsOf } from "./access/imageUrls.js";
import { createKeyring, type Keyring } from "./access/keyring.js";
import { type LimitJson, limitJson } from "./limits/jsonSize.js";
import { type Refuse, Rejections, refuseWith } from "./limits/rejections.js";
import type { InternalErrorLog } from "./responseError.js";

/** What the routes, the plugins and the WebSockets of one server share. */
export interface ServerParts {
  readonly app: App;
  readonly log: InternalErrorLog;
  readonly rejections: Rejections;
  /** Counts a request that exceeds a limit, and makes its error. */
  readonly exceeded: Refuse;
  readonly limitJson: LimitJson;
  readonly keyring: Keyring;
  readonly admission: Admission;
  /** Where clients reach this server, besides the host that each request names. */
  readonly ownUrls: readonly string[];
  /** Where the client of a request reaches this server, without a slash at the end. */
  baseUrlOf(request: IncomingMessage): string;
  /** Signs the addresses of images where keys are required; null elsewhere. */
  imageUrls(): Promise<ImageUrls | null>;
}

/** @param baseUrl where clients reach this server; absent: the setting, or else the host that each request names */
export function createServerParts(app: App, log: InternalErrorLog, baseUrl?: string): ServerParts {
  const { settings } = app;
  const rejections = new Rejections();
  const exceeded = refuseWith(rejections);
  const keyring = createKeyring(app.database.prisma);
  const ownUrls = [baseUrl, settings.baseUrl].filter((url) => url != null);
  return {
    app,
    log,
    rejections,
    exceeded,
    limitJson: limitJson({ nesting: settings.limitNesting, values: settings.limitValues }, exceeded),
    keyring,
    admission: createAdmission(keyring, settings, rejections, ownUrls),
    ownUrls,
    baseUrlOf: ({ headers }) => ownUrls[0] ?? `http://${headers.host ?? "localhost"}`,
    imageUrls: () => imageUrlsOf(keyring, settings.imageUrlSeconds),
  };
}
