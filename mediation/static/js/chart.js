// Draws the charts of macro figure.chart with ECharts, on canvas (clean under the strict content policy).
//
//   data-chart: {"type": "line" | "bar" | "stacked", "x": [...], "unit": "%", "horizontal": false,
//                "series": [{"name": "...", "data": [...], "channel": "people"}, ...]}
//
// Hides nothing: the table beside the chart carries the same numbers, and is all there is without script.
// The library is fetched only on pages that have a chart.

const SYMBOLS = ["circle", "rect", "diamond", "triangle", "emptyCircle", "emptyRect"];
const CHANNEL_SYMBOLS = { people: "circle", judicial: "rect", administrative: "diamond" };
const DASHES = ["solid", "dashed", "dotted"];

// Faint patterns in the bars: the series stay apart without colour, on a screen and on paper.
const PALE = "rgba(255, 255, 255, 0.38)";
const DECALS = [
  { symbol: "none" },
  { color: PALE, dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
  { color: PALE, symbol: "circle", symbolSize: 0.5, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0] },
  { color: PALE, dashArrayX: [1, 0], dashArrayY: [2, 5] },
  { color: PALE, dashArrayX: [1, 0], dashArrayY: [1, 4], rotation: Math.PI / 4 },
  { color: PALE, symbol: "rect", symbolSize: 0.5, dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0] },
];

const style = getComputedStyle(document.documentElement);
const token = (name) => style.getPropertyValue(`--${name}`).trim();
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function colour(series, position) {
  return token(`channel-${series.channel}`) || token(`series-${(position % 6) + 1}`) || token("ink");
}

function option(description, narrow) {
  const { type = "bar", x = [], series = [], unit = "", horizontal = false } = description;
  const shown = (value) => (value === null || value === undefined ? "—" : `${value}${unit}`);
  const text = { color: token("ink-soft"), fontFamily: token("font"), fontSize: 12 };
  const categories = {
    type: "category",
    data: x,
    inverse: horizontal,
    axisLine: { lineStyle: { color: token("ink") } },
    axisTick: { show: false },
    axisLabel: { ...text, hideOverlap: true },
    boundaryGap: type !== "line",
  };
  const values = {
    type: "value",
    minInterval: unit === "%" ? undefined : 1,
    axisLabel: { ...text, formatter: (value) => `${value}${unit}` },
    splitLine: { lineStyle: { color: token("rule-faint") } },
  };
  return {
    animation: !still,
    animationDuration: 250,
    textStyle: { fontFamily: token("font") },
    aria: { enabled: true, label: { enabled: false }, decal: { show: type !== "line" && series.length > 1, decals: DECALS } },
    grid: { left: 4, right: narrow ? 12 : 20, top: series.length < 2 ? 20 : narrow ? 20 * series.length + 24 : 44, bottom: 4, containLabel: true },
    legend: {
      show: series.length > 1,
      top: 0,
      left: 0,
      orient: narrow ? "vertical" : "horizontal",
      padding: [2, 0],
      itemGap: narrow ? 6 : 18,
      itemWidth: 18,
      itemHeight: 10,
      textStyle: { ...text, color: token("ink") },
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      axisPointer: { type: type === "line" ? "line" : "shadow" },
      backgroundColor: token("ink"),
      borderWidth: 0,
      textStyle: { color: token("paper"), fontFamily: token("font"), fontSize: 12 },
      valueFormatter: shown,
    },
    xAxis: horizontal ? values : categories,
    yAxis: horizontal ? categories : values,
    series: series.map((one, position) => ({
      name: one.name,
      type: type === "line" ? "line" : "bar",
      stack: type === "stacked" ? "all" : undefined,
      data: one.data,
      barMaxWidth: 34,
      color: colour(one, position),
      connectNulls: false,
      symbol: CHANNEL_SYMBOLS[one.channel] ?? SYMBOLS[position % SYMBOLS.length],
      symbolSize: 8,
      lineStyle: { width: 2.2, type: DASHES[position % DASHES.length] },
      itemStyle: type === "line" ? {} : { borderColor: token("paper"), borderWidth: type === "stacked" ? 1 : 0 },
      label: {
        show: type === "bar" && series.length === 1 && x.length <= 16,
        position: horizontal ? "right" : "top",
        formatter: (point) => shown(point.value),
        ...text,
        color: token("ink"),
      },
    })),
  };
}

function library(url) {
  return new Promise((resolve, reject) => {
    if (window.echarts) {
      resolve(window.echarts);
      return;
    }
    const script = document.createElement("script");
    script.src = url;
    script.addEventListener("load", () => resolve(window.echarts));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
}

const places = [...document.querySelectorAll("[data-chart]")];
if (places.length) {
  const echarts = await library(places[0].dataset.chartLibrary);
  for (const place of places) {
    const description = JSON.parse(place.dataset.chart);
    place.closest("figure").hidden = false;
    const chart = echarts.init(place, null, { renderer: "canvas" });
    let drawn = null;
    const draw = () => {
      const narrow = place.clientWidth < 480;
      if (drawn !== narrow) {
        drawn = narrow;
        chart.setOption(option(description, narrow), true);
      }
      chart.resize();
    };
    draw();
    new ResizeObserver(draw).observe(place);
    window.addEventListener("beforeprint", () => chart.resize());
  }
}
