import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

/** A button that opens a list of links. */
export function Menu({ name, children }: { name: string; children: ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => details.current?.removeAttribute("open");
  const choose = (event: MouseEvent) => {
    if ((event.target as Element).closest(".menu-content :is(a, button)")) close();
  };
  return (
    <details
      ref={details}
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !details.current?.open) return;
        close();
        details.current.querySelector("summary")?.focus();
      }}
      onClick={choose}
      onFocusOut={(event) => {
        if (!details.current?.contains(event.relatedTarget as Node | null)) close();
      }}
    >
      <summary class="button">{name}</summary>
      <div class="menu-content">{children}</div>
    </details>
  );
}
