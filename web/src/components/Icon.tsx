/** Paths of 24 × 24 line icons, drawn for this application. */
const PATHS = {
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 4v6M6 14v6",
  check: "m5 13 4 4L19 7",
  down: "m6 9 6 6 6-6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
  start: "M12 3v4M12 17v4M3 12h4M17 12h4M5.6 5.6l2.9 2.9M15.5 15.5l2.9 2.9",
  play: "M7 4v16l13-8z",
  pause: "M8 5v14M16 5v14",
  cross: "m6 6 12 12M18 6 6 18",
  stop: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M5.6 5.6l12.8 12.8",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  retry: "M4 12a8 8 0 1 0 2.5-5.8M4 4v4h4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  find: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  bell: "M6 10a6 6 0 0 1 12 0v5l2 2H4l2-2zM10 20h4",
  cube: "m12 3 8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M9 9h6v6H9z",
  show: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  hide: "M4 4l16 16M9.5 5.4A10 10 0 0 1 12 5c6 0 10 7 10 7a18 18 0 0 1-3 3.7M6 7.3A18 18 0 0 0 2 12s4 7 10 7a9 9 0 0 0 4.4-1.1",
  isolate: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  xray: "M4 8h12v12H4zM8 8V4h12v12h-4",
  tree: "M4 4h6v5H4zM14 9h6v4h-6zM14 16h6v4h-6zM7 9v9h7M7 11h7",
  palette:
    "M12 3a9 9 0 1 0 0 18c2 0 2-1.5 1.5-2.5-.5-1.5.5-2.5 2-2.5H18a3 3 0 0 0 3-3c0-6-4-10-9-10M7.5 11h.01M10 7h.01M15 7h.01",
  bookmark: "M6 4h12v17l-6-4-6 4z",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v6M12 7.5v.01",
  share: "M18 5a2 2 0 1 0 .01 0M6 12a2 2 0 1 0 .01 0M18 19a2 2 0 1 0 .01 0M8 12l8-5M8 14l8 5",
  list: "M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",
  section: "M4 8l8-4 8 4v8l-8 4-8-4zM2 14l20-4",
  ruler: "M3 16 16 3l5 5L8 21zM7 12l2 2M10 9l3 3M13 6l2 2",
  camera: "M4 8h4l1.5-3h5L16 8h4v11H4zM12 10a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative line icon; the control around it has the label. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={2}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
