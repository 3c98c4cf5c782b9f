// A small chart: data-chart='{"x": […], "series": [{"label": "…", "values": […]}], "time": true}'.
// `time`: x are seconds since 1970. `kind`: "line" (default) or "bars". `labels`: words for x = 0, 1, …

const TONES = ["--primary", "--leaf", "--sun", "--danger"];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export async function enhance(place, urls) {
  const { x, series, time = false, kind = "line", labels = null } = JSON.parse(place.dataset.chart);
  const sheet = document.createElement("link");
  Object.assign(sheet, { rel: "stylesheet", href: urls.uplot_css });
  document.head.append(sheet);
  const { default: UPlot } = await import(urls.uplot);
  const axis = () => ({ stroke: colour("--text-soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px sans-serif" });
  const paths = kind === "bars" ? UPlot.paths.bars({ size: [0.6, 48], radius: 0.15 }) : undefined;
  const bars = kind === "bars" && !time;
  const across = () => (bars || labels ? { ...axis(), incrs: [1, 2, 5, 10, 20, 50], values: (_, ticks) => ticks.map((tick) => labels?.[tick] ?? (labels ? "" : tick)) } : axis());
  const drawn = (one, place) => ({
    label: one.label, stroke: colour(TONES[place % TONES.length]), width: kind === "bars" ? 0 : 2, paths,
    fill: series.length === 1 || kind === "bars" ? `${colour(TONES[place % TONES.length])}${kind === "bars" ? "" : "22"}` : undefined,
    points: { show: x.length < 2 },
  });
  let plot = null;
  const draw = () => {
    plot?.destroy();
    const options = {
      width: place.clientWidth, height: 170, cursor: { show: false }, legend: { show: series.length > 1 },
      scales: { x: bars ? { time, range: (_, low, high) => [low - 0.5, high + 0.5] } : { time } }, axes: [across(), axis()], series: [{}, ...series.map(drawn)],
    };
    plot = new UPlot(options, [x, ...series.map((one) => one.values)], place);
  };
  draw();
  new ResizeObserver(() => { if (plot && place.clientWidth > 0) plot.setSize({ width: place.clientWidth, height: 170 }); }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}
