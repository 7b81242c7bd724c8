import { Component, type ReactNode } from "react";
import { isNotLoaded, Problem } from "../components/Problem";

interface Props {
  children: ReactNode;
  /** The address: at another one, the content gets another chance. */
  path?: string;
}

interface State {
  error: unknown;
  path: string | undefined;
}

/** Shows an error of its content in its place, so that the rest of the application keeps working. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, path: this.props.path };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps({ path }: Props, state: State): State | null {
    return path === state.path ? null : { error: null, path };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // React keeps the failure of a lazy page for as long as the document lives.
    const retry = () => (isNotLoaded(error) ? window.location.reload() : this.setState({ error: null }));
    return <Problem error={error} onRetry={retry} />;
  }
}
