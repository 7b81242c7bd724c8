import { render } from "@testing-library/react";
import type { ComponentType } from "react";
import { Route, Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { Providers } from "./Providers";

/** Render a page below its route, such as `/namespaces/:namespace/jobs`, at an address. */
export function renderPage(component: ComponentType, route: string, path: string, searchPath: string): void {
  const { hook, searchHook } = memoryLocation({ path, searchPath });
  render(
    <Router hook={hook} searchHook={searchHook}>
      <Route path={route} component={component} />
    </Router>,
    { wrapper: Providers },
  );
}
