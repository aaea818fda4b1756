/** A share of 0 to 1 as the length of a bar, beside a text that says it. */
export function Share({ value }: { value: number }) {
  return (
    <span class="share" aria-hidden>
      <span style={{ width: `${100 * Math.min(1, value)}%` }} />
    </span>
  );
}
