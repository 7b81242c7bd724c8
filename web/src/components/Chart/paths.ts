/** Return a round number that is not below the greatest value, so that the axis has a plain label. */
export function niceMaximum(values: readonly (number | null)[]): number {
  const greatest = Math.max(0, ...values.map((value) => value ?? 0));
  if (greatest <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest));
  return ([1, 2, 5, 10].find((factor) => factor * power >= greatest) ?? 10) * power;
}

/** Return the path of a line; a gap is where a value is unknown. */
export function linePath(values: readonly (number | null)[], maximum: number, width: number, height: number): string {
  const step = width / Math.max(1, values.length - 1);
  let isPenDown = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isPenDown = false;
        return "";
      }
      const command = isPenDown ? "L" : "M";
      isPenDown = true;
      return `${command}${round(index * step)} ${round(height - (value / maximum) * height)}`;
    })
    .join("");
}

/** A bar of a chart. */
export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Return the bars of a series; a value of 0 has none. */
export function bars(values: readonly (number | null)[], maximum: number, width: number, height: number): Bar[] {
  const step = width / Math.max(1, values.length);
  return values.flatMap((value, index) => {
    if (value === null || value === 0) return [];
    const size = Math.max(1, (value / maximum) * height);
    return {
      x: round(index * step),
      y: round(height - size),
      width: round(Math.max(1, step - 1)),
      height: round(size),
    };
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
