import { Link } from "../router/Link.js";

/** Stands for something that does not exist, or was deleted while the page was open. */
export function Gone({ what }: { what: "clustering" | "run" }) {
  return (
    <section class="empty">
      <h2>This {what} does not exist</h2>
      <p>It was deleted, or the address is not right.</p>
      <Link to={{ view: "results" }} class="button">
        All clusterings
      </Link>
    </section>
  );
}
