import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { isRetryable } from "../api/problem";
import { useSignInNeeded } from "../api/signIn";
import { ErrorBoundary } from "./ErrorBoundary";
import { Routes } from "./Routes";
import { Shell } from "./Shell";
import { theme } from "./theme";

const SignInDialog = lazy(async () => ({ default: (await import("../signIn/SignInDialog")).SignInDialog }));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) => failures < 3 && isRetryable(error),
      refetchOnWindowFocus: false,
    },
  },
});

/** The whole application: providers, the frame around the pages, and the page of the address. */
export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <ErrorBoundary>
          <Shell>
            <Routes />
          </Shell>
          <SignIn />
        </ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** The dialog that asks for a token; most sessions never load it. */
function SignIn() {
  const isNeeded = useSignInNeeded();
  return (
    isNeeded && (
      <Suspense>
        <SignInDialog />
      </Suspense>
    )
  );
}
