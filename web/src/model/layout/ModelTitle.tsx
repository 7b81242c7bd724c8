import { Title, Tooltip } from "@mantine/core";
import { LongName } from "../../components/LongName";
import { visible } from "../../lib/visible";
import "./title.css";

/** Names that are shorter have room on the smallest screen, all together. */
const ROOM = 28;

/** The names of the models that are open, in one line; the whole name is the tooltip. */
export function ModelTitle({ names }: { names: readonly string[] }) {
  const mayBeCut = names.join().length > ROOM;
  return (
    <Title order={1} className="model-title" data-many={names.length > 2 || undefined}>
      {names.map((name, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and their order is the address's
        <Name key={index} name={name} mayBeCut={mayBeCut} isLast={index === names.length - 1} />
      ))}
    </Title>
  );
}

interface NameProps {
  name: string;
  mayBeCut: boolean;
  isLast: boolean;
}

/** With the keyboard, the tooltip opens by focus: a name that may be cut can have it. */
function Name({ name, mayBeCut, isLast }: NameProps) {
  return (
    <>
      <Tooltip
        label={visible(name)}
        events={{ hover: true, focus: true, touch: true }}
        multiline
        maw={340}
        className="from-file"
      >
        <span className="model-name" tabIndex={mayBeCut ? 0 : undefined}>
          <LongName text={name} />
        </span>
      </Tooltip>
      {!isLast && <span className="model-name-comma">, </span>}
    </>
  );
}
