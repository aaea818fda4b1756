import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** The width of an element in pixels, as it changes; 0 until it is there. */
export function useWidth(element: RefObject<HTMLElement>): number {
  const width = useSignal(0);
  useLayoutEffect(() => {
    const measure = () => {
      width.value = element.current!.clientWidth;
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    measure();
    return () => observer.disconnect();
  }, []);
  return width.value;
}
