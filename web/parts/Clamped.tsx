import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface ClampedProps {
  /** How many lines are seen at first. */
  lines: number;
  children: ComponentChildren;
}

/** The beginning of what may be very long, and a button that shows all of it. */
export function Clamped({ lines, children }: ClampedProps) {
  const content = useRef<HTMLDivElement>(null);
  const isWhole = useSignal(false);
  const isLonger = useSignal(false);
  useLayoutEffect(() => {
    const element = content.current!;
    const measure = () => {
      if (!isWhole.peek()) isLonger.value = element.scrollHeight > element.clientHeight + 1;
    };
    const observer = new ResizeObserver(measure);
    for (const each of [element, ...element.children]) observer.observe(each);
    measure();
    return () => observer.disconnect();
  }, []);
  return (
    <>
      <div
        ref={content}
        class={isWhole.value ? undefined : isLonger.value ? "clamped is-longer" : "clamped"}
        style={{ "--lines": lines }}
      >
        {children}
      </div>
      {isLonger.value && (
        <button
          type="button"
          class="show-all"
          aria-expanded={isWhole.value}
          onClick={() => {
            isWhole.value = !isWhole.peek();
          }}
        >
          {isWhole.value ? "Show less" : "Show all"}
        </button>
      )}
    </>
  );
}
