import { setTimeout as delay } from "node:timers/promises";
import type { ServerAddress } from "./serverAddress.js";
import { ServerError } from "./serverError.js";

interface RequestOptions {
  /** JSON to post. Without it the request is a GET. */
  body?: unknown;
  /** Whether the server may be asked again if it is not known whether the request has had its effect. */
  isRepeatable: boolean;
  signal?: AbortSignal;
}

/** How often a request is sent at most. */
const attempts = 4;
/** The wait before the second attempt, which doubles from then on. */
const firstWaitMilliseconds = 250;
/** A longer wait, which the server may ask for, is left to the user. */
const longestWaitMilliseconds = 65_000;
/** The longest wait for the beginning of a response: several times what a server takes for an operation. */
const responseMilliseconds = 60_000;

/** Statuses with which a server, or a proxy before it, refuses a request for the moment. */
const temporary = new Set([502, 503, 504]);

/**
 * Sends a request, and again if the server could not take it for the moment: after 429 always, because the request was
 * then not carried out, and otherwise only if it may be repeated.
 * @param address below that of the server: the key is sent with every request
 * @throws ServerError if there is no response; the signal's reason once it aborts
 */
export async function request(
  server: ServerAddress,
  address: string,
  { body, isRepeatable, signal }: RequestOptions,
): Promise<Response> {
  const url = new URL(address);
  const headers: Record<string, string> = {
    Accept: "application/graphql-response+json, application/json;q=0.9, */*;q=0.1",
    ...(body !== undefined && { "Content-Type": "application/json" }),
    ...(server.key !== undefined && { Authorization: `Bearer ${server.key}` }),
  };
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === attempts;
    let wait = firstWaitMilliseconds * 2 ** (attempt - 1);
    try {
      const response = await fetchInTime(url, {
        method: body === undefined ? "GET" : "POST",
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        redirect: "manual",
        signal,
      });
      const { status } = response;
      const isRefused = status === 429 || (isRepeatable && temporary.has(status));
      wait = retryAfter(response) ?? wait;
      if (!isRefused || isLast || wait > longestWaitMilliseconds) return response;
      await response.body?.cancel();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isRepeatable || isLast || !mayBeGoneSoon(error)) throw new ServerError(noResponse(url, error));
    }
    await delay(wait, undefined, { signal });
  }
}

/** The time limit is only for the beginning of the response: a file may take longer. */
async function fetchInTime(url: URL, { signal, ...options }: RequestInit): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new ResponseLateError()), responseMilliseconds);
  try {
    return await fetch(url, {
      ...options,
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

class ResponseLateError extends Error {
  override readonly name = "ResponseLateError";
}

/** In milliseconds, from seconds or a date. */
function retryAfter({ headers }: Response): number | undefined {
  const given = headers.get("Retry-After");
  if (given === null) return undefined;
  const milliseconds = /^\d+$/.test(given) ? 1000 * Number(given) : Date.parse(given) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}

interface NetworkError {
  code?: string;
  message: string;
}

/** What is below the "fetch failed" of Node: the error of the address that was tried last, if there were several. */
function causeOf(error: unknown): NetworkError {
  const { cause = error } = error as { cause?: unknown };
  const { errors } = cause as { errors?: unknown[] };
  return (errors?.at(-1) ?? cause) as NetworkError;
}

/** Whether a connection broke, of which nobody knows how far the request came; the next one may not. */
function mayBeGoneSoon(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "EAI_AGAIN"].includes(causeOf(error).code ?? "");
}

function noResponse({ origin, hostname, protocol, host }: URL, error: unknown): string {
  if (error instanceof ResponseLateError) {
    return `The server ${origin} has not responded within ${responseMilliseconds / 1000} s.`;
  }
  const { code = "", message } = causeOf(error);
  if (code === "ECONNREFUSED") return `No server listens at ${origin}: the connection was refused.`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `The host ${hostname} of --server is not found.`;
  if (protocol === "https:" && /wrong version number|packet length too long/i.test(message)) {
    return `The server ${origin} does not speak TLS. Its address is perhaps http://${host}.`;
  }
  if (isAboutCertificate(code)) {
    return `The certificate of ${origin} is not trusted: ${message} (${code}). The variable NODE_EXTRA_CA_CERTS names a file with further authorities.`;
  }
  return `The server ${origin} cannot be reached: ${message}${code && !message.includes(code) ? ` (${code})` : ""}.`;
}

function isAboutCertificate(code: string): boolean {
  return /^(ERR_TLS_CERT|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code);
}
