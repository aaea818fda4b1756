import type { ComponentChildren, JSX } from "preact";
import { addressOf, navigate } from "./location.js";

interface LinkProps extends Omit<JSX.HTMLAttributes<HTMLAnchorElement>, "href"> {
  to: Parameters<typeof navigate>[0];
  children: ComponentChildren;
}

/** A link to a view. */
export function Link({ to, children, ...attributes }: LinkProps) {
  const follow = (event: MouseEvent) => {
    // The browser opens a new tab or window, or saves the link, by itself.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a {...attributes} href={addressOf(to)} onClick={follow}>
      {children}
    </a>
  );
}
