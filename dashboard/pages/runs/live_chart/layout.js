// Where the panels stand: large ones side by side above small ones, or one above the other.

const WIDE = 760;
const MARGIN = { l: 52, r: 16, t: 60, b: 40 };
const GAP = { across: 60, down: 74 };
const LARGE = 300;
const SMALL = 110;

const TITLES = { step: "Step", epoch: "Epoch", time: "Minutes" };
const HEADS = { step: "Step %{x:,d}", epoch: "Epoch %{x:.2f}", time: "Minute %{x:.1f}" };

// marks: [{x, line, text}], drawn from top to bottom of every panel. notes: annotations of the
// first one.
export function layout(panels, marks, notes, { axis: kind, logarithmic, width, theme }) {
  const rows = rowsOf(panels, width);
  const inner = rows.reduce((sum, row) => sum + heightOf(row), GAP.down * (rows.length - 1));
  const across = width - MARGIN.l - MARGIN.r;
  const found = {
    width,
    height: inner + MARGIN.t + MARGIN.b,
    margin: MARGIN,
    uirevision: "kept",
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, size: 13, color: theme.text },
    hovermode: "x unified",
    hoverdistance: -1,
    hoverlabel: { bgcolor: theme.raised, bordercolor: theme.line, font: { color: theme.text } },
    dragmode: "zoom",
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      y: 1 + 26 / inner,
      yanchor: "bottom",
      groupclick: "togglegroup",
    },
    annotations: notes.map((note) => ({ ...note, xref: "x", yref: "y" })),
    shapes: [],
  };
  let above = 0;
  for (const row of rows) {
    const each = (across - GAP.across * (row.length - 1)) / row.length;
    row.forEach((panel, column) => {
      const at = panels.indexOf(panel);
      const [xaxis, yaxis] = [axis("x", at), axis("y", at)];
      const left = (column * (each + GAP.across)) / across;
      const top = 1 - above / inner;
      const place = { x: [left, left + each / across], y: [top - heightOf(row) / inner, top] };
      found[`xaxis${at ? at + 1 : ""}`] = {
        ...shared(theme),
        domain: place.x,
        anchor: yaxis,
        ...(at && { matches: "x" }),
        ...(panel.large && { title: { text: TITLES[kind], standoff: 8, font: { size: 13 } } }),
        unifiedhovertitle: { text: HEADS[kind] },
        uirevision: kind,
        showspikes: true,
        spikemode: "across",
        spikethickness: 1,
        spikedash: "solid",
        spikecolor: theme.line,
      };
      const log = logarithmic && panel.logarithmic;
      found[`yaxis${at ? at + 1 : ""}`] = {
        ...shared(theme),
        domain: place.y,
        anchor: xaxis,
        type: log ? "log" : "linear",
        tickformat: panel.ticks ?? panel.format,
        nticks: panel.large ? 6 : 4,
        ...(panel.share && { autorangeoptions: { minallowed: 0, maxallowed: 1.02 } }),
        ...(panel.fromZero && { rangemode: "tozero" }),
        uirevision: String(log),
      };
      found.annotations.push({
        text: `<b>${panel.title}</b>${panel.unit ? `,${panel.unit}` : ""}`,
        xref: "paper",
        yref: "paper",
        x: place.x[0],
        y: top,
        xanchor: "left",
        yanchor: "bottom",
        yshift: 5,
        showarrow: false,
      });
      for (const mark of marks) {
        const where = { xref: xaxis, yref: `${yaxis} domain` };
        const { x, line, text } = mark;
        found.shapes.push({ type: "line", ...where, x0: x, x1: x, y0: 0, y1: 1, line });
        if (panel.id !== "rate" || !text) continue;
        const font = { size: 11, color: theme.quiet };
        const corner = { xanchor: "left", yanchor: "top", showarrow: false };
        found.annotations.push({ ...where, x, y: 1, text, font, ...corner });
      }
    });
    above += heightOf(row) + GAP.down;
  }
  return found;
}

export function axis(letter, at) {
  return at ? `${letter}${at + 1}` : letter;
}

// How many pixels a panel is wide.
export function pixels(panels, panel, width) {
  const row = rowsOf(panels, width).find((several) => several.includes(panel));
  const across = width - MARGIN.l - MARGIN.r - GAP.across * (row.length - 1);
  return Math.max(Math.round(across / row.length), 50);
}

function rowsOf(panels, width) {
  const large = panels.filter((panel) => panel.large);
  const small = panels.filter((panel) => !panel.large);
  if (width >= WIDE) return small.length ? [large, small] : [large];
  return [...large.map((panel) => [panel]), ...chunks(small, 2)];
}

function chunks(list, size) {
  return list.length ? [list.slice(0, size), ...chunks(list.slice(size), size)] : [];
}

function heightOf(row) {
  return row[0].large ? LARGE : SMALL;
}

function shared(theme) {
  return {
    gridcolor: theme.line,
    linecolor: theme.line,
    zeroline: false,
    automargin: false,
    tickfont: { size: 12, color: theme.quiet },
  };
}
