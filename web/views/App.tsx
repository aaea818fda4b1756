import { keyNeeded } from "../client/apiKey.js";
import { unreachable } from "../client/connection.js";
import { Page } from "../parts/Page.js";
import { Link } from "../router/Link.js";
import { route } from "../router/location.js";
import { CompareView } from "./CompareView.js";
import { KeyDialog } from "./KeyDialog.js";
import { ResultLayout } from "./ResultLayout.js";
import { ResultsView } from "./ResultsView.js";
import { RunView } from "./RunView.js";

export function App() {
  return (
    <>
      {unreachable.value && (
        <div class="unreachable" role="alert">
          The server does not respond. This page goes on as soon as it does.
        </div>
      )}
      <View />
      {keyNeeded.value !== null && <KeyDialog key={keyNeeded.value} />}
    </>
  );
}

function View() {
  const shown = route.value;
  switch (shown.view) {
    case "results":
      return <ResultsView />;
    case "result":
      return <ResultLayout key={shown.result} resultId={shown.result} part="clusters" />;
    case "cluster":
      return <ResultLayout key={shown.result} resultId={shown.result} part={shown.label} />;
    case "outliers":
    case "sweep":
      return <ResultLayout key={shown.result} resultId={shown.result} part={shown.view} />;
    case "merges":
      return <ResultLayout key={shown.result} resultId={shown.result} part="merges" branch={shown.branch} />;
    case "compare":
      return <CompareView key={`${shown.from} ${shown.to}`} from={shown.from} to={shown.to} />;
    case "run":
      return <RunView key={shown.run} runId={shown.run} resultId={shown.result} step={shown.step} />;
    case "unknown":
      return <UnknownView />;
  }
}

function UnknownView() {
  return (
    <Page title="Not found">
      <section class="empty">
        <p>There is no view at this address.</p>
        <Link to={{ view: "results" }} class="button">
          All clusterings
        </Link>
      </section>
    </Page>
  );
}
