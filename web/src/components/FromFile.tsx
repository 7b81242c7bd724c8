import { visible } from "../lib/visible";

/** A text from a file or a user: isolated from the text around it, with its control characters visible. */
export function FromFile({ children, className = "" }: { children: string; className?: string }) {
  return <bdi className={`from-file ${className}`.trim()}>{visible(children)}</bdi>;
}
