import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  /** Called when the reader closes it, by Escape for example; where nothing follows from that, it stays open. */
  onClose(): void;
  children: ComponentChildren;
}

/** A dialog over the page, which is out of reach until it is closed. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const close = useRef(onClose);
  close.current = onClose;
  // Before the browser handles anything else: a key that is pressed right after the click is meant for the dialog.
  useLayoutEffect(() => {
    const current = dialog.current!;
    const opener = document.activeElement;
    const cancelled = (event: Event) => {
      event.preventDefault();
      close.current();
    };
    // If Escape is pressed twice without anything between, the browser closes the dialog without asking.
    const closed = () => {
      close.current();
      setTimeout(() => {
        if (current.isConnected && !current.open) current.showModal();
      });
    };
    current.addEventListener("cancel", cancelled);
    current.addEventListener("close", closed);
    current.showModal();
    return () => {
      current.removeEventListener("cancel", cancelled);
      current.removeEventListener("close", closed);
      current.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}
