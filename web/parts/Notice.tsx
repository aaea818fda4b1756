import type { ComponentChildren } from "preact";
import type { Failure } from "../client/failure.js";

/** What went wrong, or what there is to know. */
export function Notice({ children, isError = false }: { children: ComponentChildren; isError?: boolean }) {
  return (
    <div class={isError ? "notice error" : "notice"} role={isError ? "alert" : "status"}>
      {children}
    </div>
  );
}

/** A failure, unless the page asks for an API key, and so says already what is missing. */
export function FailureNotice({ failure, retry }: { failure: Failure | null; retry?: () => void }) {
  if (!failure || failure.code === "UNAUTHENTICATED") return null;
  return (
    <Notice isError>
      <span dir="auto">{failure.message}</span>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </Notice>
  );
}

/** Stands where data will be. */
export function Loading() {
  return (
    <p class="loading" role="status">
      Loading…
    </p>
  );
}
