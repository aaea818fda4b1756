import type { IncomingMessage } from "node:http";
import type { App } from "../app.js";
import { type Admission, createAdmission } from "./access/admission.js";
import { createKeyring, type Keyring } from "./access/keyring.js";
import { type SignedUrls, signedUrlsOf } from "./access/signedUrls.js";
import { type LimitJson, limitJson } from "./limits/jsonSize.js";
import { type Refuse, Rejections, refuseWith } from "./limits/rejections.js";
import type { InternalErrorLog } from "./responseError.js";

/** The objects that the routes, the plugins and the WebSockets of one server share. */
export interface ServerParts {
  readonly app: App;
  readonly log: InternalErrorLog;
  readonly rejections: Rejections;
  /** Counts a request that exceeds a limit, and creates its error. */
  readonly exceeded: Refuse;
  readonly limitJson: LimitJson;
  readonly keyring: Keyring;
  readonly admission: Admission;
  /** The URLs at which clients reach this server, besides the host that each request names. */
  readonly ownUrls: readonly string[];
  /** Returns the URL at which the client of a request reaches this server, without a slash at the end. */
  baseUrlOf(request: IncomingMessage): string;
  /**
   * Returns the signer of the addresses of images and files; null if the database has no API keys, so that
   * they need no signature.
   */
  signedUrls(): Promise<SignedUrls | null>;
}

/**
 * @param baseUrl the URL at which clients reach this server; default: the setting, or else the host that each
 *   request names
 */
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
    signedUrls: () => signedUrlsOf(keyring, settings.imageUrlSeconds),
  };
}
