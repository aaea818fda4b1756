import { render } from "preact";
import { watchServer } from "./client/connection.js";
import "./styles/page.css";
import { App } from "./views/App.js";

// The address of the icon is relative to that of the first view: as that of the page changes, it would lead elsewhere.
for (const icon of document.querySelectorAll<HTMLLinkElement>("link[rel=icon]")) {
  icon.setAttribute("href", icon.href);
}
watchServer();
render(<App />, document.getElementById("page")!);
