import { Center, Loader } from "@mantine/core";
import { type ComponentType, lazy, Suspense } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { loadTexts, type PageArea } from "../i18n";
import { ErrorBoundary } from "./ErrorBoundary";
import { NotFound } from "./NotFound";
import { useNamespace } from "./namespace";

const UploadPage = page(() => import("../upload/UploadPage"), "upload");
const JobsPage = page(() => import("../jobs/JobsPage"));
const JobPage = page(() => import("../job/JobPage"), "job");
const QueuesPage = page(() => import("../queues/QueuesPage"), "queues");
const SearchPage = page(() => import("../search/SearchPage"), "search");
const ModelPage = page(() => import("../model/ModelPage"), "model", "viewer");

/** The pages by address. Each one is a chunk of its own. */
export function Routes() {
  const namespace = useNamespace();
  const [path] = useLocation();
  return (
    <ErrorBoundary path={path}>
      <Suspense fallback={<PageLoader />}>
        <Switch>
          <Route path="/">
            <Redirect to={`/namespaces/${namespace}/jobs`} replace />
          </Route>
          <Route path="/namespaces/:namespace/upload" component={UploadPage} />
          <Route path="/namespaces/:namespace/jobs" component={JobsPage} />
          <Route path="/namespaces/:namespace/jobs/:name" component={JobPage} />
          <Route path="/namespaces/:namespace/queues" component={QueuesPage} />
          <Route path="/search" component={SearchPage} />
          <Route path="/models/:sha256" component={ModelPage} />
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </ErrorBoundary>
  );
}

/** A page that is loaded with its texts. */
function page(load: () => Promise<{ default: ComponentType }>, ...areas: PageArea[]) {
  return lazy(async () => {
    const [module] = await Promise.all([load(), loadTexts(areas)]);
    return module;
  });
}

function PageLoader() {
  return (
    <Center h="40vh">
      <Loader aria-label="…" />
    </Center>
  );
}
