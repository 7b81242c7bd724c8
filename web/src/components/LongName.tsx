import { FromFile } from "./FromFile";
import "./longName.css";

/** Names of a family differ at their ends, so that end stays in view. */
const TAIL = 9;
const LONG = 28;

/** A name from a file in a line of a flex box: without enough room, its middle is left out. */
export function LongName({ text }: { text: string }) {
  if (text.length <= LONG) return <FromFile className="name-start">{text}</FromFile>;
  return (
    <>
      <FromFile className="name-start">{text.slice(0, -TAIL)}</FromFile>
      <FromFile className="name-end">{text.slice(-TAIL)}</FromFile>
    </>
  );
}
