import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { apiKey, keyNeeded } from "../client/apiKey.js";
import { Link } from "../router/Link.js";
import { arrival } from "../router/location.js";
import { Clamped } from "./Clamped.js";
import { GraphiqlLink, type GraphiqlLinkProps } from "./GraphiqlLink.js";

interface Crumb {
  name: string;
  to: Parameters<typeof Link>[0]["to"];
}

interface PageProps {
  title: string;
  /** What the title's line shows instead of the title, such as one with a mark. */
  heading?: ComponentChildren;
  /** The views above this one, the first of them last; the list of all clusterings is above every other. */
  crumbs?: readonly Crumb[];
  /** Stands at the end of the title's line. */
  actions?: ComponentChildren;
  /** The query that GraphiQL opens. */
  graphiql?: GraphiqlLinkProps;
  isWide?: boolean;
  children: ComponentChildren;
}

/** A view: its title, where it is, and its content. */
export function Page({ title, heading, crumbs, actions, graphiql, isWide, children }: PageProps) {
  const titleLine = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title === "Medoid" ? title : `${title} – Medoid`;
  }, [title]);
  useLayoutEffect(() => {
    // What a screen reader says, and where Tab continues, after a link was followed.
    if (arrival === "link" || arrival === "history") titleLine.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <header class="bar">
        <Link to={{ view: "results" }} class="brand">
          <Logo />
          Medoid
        </Link>
        <nav aria-label="Breadcrumbs" class="crumbs">
          <ol>
            {crumbs?.map(({ name, to }) => (
              <li key={name}>
                <Link to={to}>
                  <span dir="auto">{name}</span>
                </Link>
              </li>
            ))}
          </ol>
        </nav>
        <div class="bar-end">
          {graphiql && <GraphiqlLink {...graphiql} />}
          {apiKey.value !== null && (
            <button type="button" class="quiet" onClick={() => (keyNeeded.value = "missing")}>
              API key
            </button>
          )}
        </div>
      </header>
      <main class={isWide ? "wide" : undefined}>
        <div class="title">
          <div class="heading">
            <Clamped lines={4}>
              <h1 ref={titleLine} tabIndex={-1}>
                {heading ?? <span dir="auto">{title}</span>}
              </h1>
            </Clamped>
          </div>
          {actions && <div class="actions">{actions}</div>}
        </div>
        {children}
      </main>
    </>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <circle cx="16" cy="16" r="6.5" />
      <circle cx="5.5" cy="10" r="2.8" opacity=".6" />
      <circle cx="13" cy="4" r="2.8" opacity=".6" />
      <circle cx="27" cy="11" r="2.8" opacity=".6" />
      <circle cx="7" cy="25" r="2.8" opacity=".6" />
      <circle cx="23" cy="27" r="2.8" opacity=".6" />
    </svg>
  );
}
