import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import "./panels.css";

interface Props {
  title: string;
  /** Buttons beside the title. */
  tools?: ReactNode;
  children: ReactNode;
}

/** The frame of a side panel. */
export function PanelFrame({ title, tools, children }: Props) {
  return (
    <section className="panel" aria-label={title}>
      <header className="panel-head">
        <Title order={2} size="sm">
          {title}
        </Title>
        {tools}
      </header>
      {children}
    </section>
  );
}
