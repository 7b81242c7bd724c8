import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "../../components/Icon";
import styles from "./LogLines.module.css";
import type { LogLine } from "./lines";

const LINE = 20;
const NEAR_END = 40;

interface Props {
  lines: readonly LogLine[];
  search: string;
  /** Keep the newest line in view. */
  isFollowing: boolean;
  /** The user has scrolled away from the end. */
  onLeaveEnd(): void;
}

/** The lines of a log; only those in view are in the page. */
export function LogLines({ lines, search, isFollowing, onLeaveEnd }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    getItemKey: (index) => lines[index]?.number ?? index,
    measureElement: (row) => row.getBoundingClientRect().height || LINE,
    overscan: 20,
  });
  useEffect(() => {
    if (isFollowing && lines.length > 0) virtualizer.scrollToIndex(lines.length - 1, { align: "end" });
  }, [isFollowing, lines.length, virtualizer]);
  const leave = () => {
    const element = scroller.current;
    if (isFollowing && element && element.scrollHeight - element.scrollTop - element.clientHeight > NEAR_END)
      onLeaveEnd();
  };
  return (
    <section
      ref={scroller}
      className={styles.log}
      aria-label={t("job.tab.logs")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reached with the keyboard
      tabIndex={0}
      onWheel={leave}
      onKeyUp={leave}
      onTouchMove={leave}
    >
      <ol className={styles.lines} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const line = lines[index];
          if (line === undefined) return null;
          return (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              data-level={line.level ?? undefined}
              className={styles.line}
              style={{ transform: `translateY(${start}px)` }}
              value={line.number}
            >
              <span className={styles.number} aria-hidden="true">
                {line.number}
              </span>
              {line.time !== null && <time className={styles.time}>{line.time.slice(11, 23)}</time>}
              {(line.level === "error" || line.level === "warning") && (
                <span className={styles.mark} title={t(`job.log.levels.${line.level}`)}>
                  <Icon name={line.level === "error" ? "cross" : "warning"} size={12} />
                </span>
              )}
              <span className="from-file">{marked(line.text, search.trim())}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** Mark the words that were searched. */
function marked(text: string, word: string): ReactNode {
  if (word === "") return text;
  const parts: ReactNode[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(word.toLowerCase()); at >= 0; at = lower.indexOf(word.toLowerCase(), from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + word.length)}</mark>);
    from = at + word.length;
  }
  return [...parts, text.slice(from)];
}
