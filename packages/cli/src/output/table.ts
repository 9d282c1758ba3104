/** A column of a table. */
export interface Column {
  readonly title: string;
  /** @default "left" */
  readonly align?: "left" | "right";
}

/** `rows` as lines, columns aligned by two spaces; titles first. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ""))));
  return lines.map((line) =>
    columns
      .map(({ align = "left" }, index) => {
        const cell = line[index] ?? "";
        const padding = " ".repeat((widths[index] ?? 0) - widthOf(cell));
        return align === "left" ? cell + padding : padding + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}

// eslint-disable-next-line no-control-regex -- what `Style` writes
const MARKUP = /\u001b\[\d+m/g;

/** Characters that a terminal shows; wide ones count as one. */
function widthOf(cell: string): number {
  return Array.from(cell.replace(MARKUP, "")).length;
}
