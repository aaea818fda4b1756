interface MoreButtonProps {
  hasMore: boolean;
  isReadingMore: boolean;
  more(): void;
}

/** Reads the next page of a list. */
export function MoreButton({ hasMore, isReadingMore, more }: MoreButtonProps) {
  if (!hasMore) return null;
  return (
    <button type="button" class="more" onClick={more} aria-disabled={isReadingMore}>
      {isReadingMore ? "Loading…" : "Show more"}
    </button>
  );
}
