import { render } from "preact";
import "./styles/index.css";
import { Page } from "./page.tsx";
import { beginPage, PageStateProvider } from "./page-state.ts";

const root = document.getElementById("page");
if (root !== null) {
  render(
    <PageStateProvider value={beginPage()}>
      <Page />
    </PageStateProvider>,
    root,
  );
}
