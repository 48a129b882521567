"use strict";
/* The target panel: a card for each target, with its trajectory as a small drawing. */
(function (G) {
  var el = G.el, svg = G.svg, t = G.t;
  var GLYPHS = { met: "●", on_track: "◕", behind: "◔", missed: "○", not_due: "◌", no_measure: "–", no_data: "–" };

  function goal(s) {
    var way = s.strict ? (s.comparator === "at_most" ? "below" : "above") : s.comparator;
    var words = t("comparator." + (G.has("comparator." + way) ? way : "reach"), { value: G.amount(s.target, s.unit, true) });
    return t("target.is", { value: words });
  }
  function when(s) {
    if (s.mode === "level") { return s.unit_name + " · " + t("by_end", { year: s.to_year }); }
    var years = s.from_year === s.to_year ? t("by_year", { year: s.to_year }) : t("by_years", { from: s.from_year, to: s.to_year });
    return s.unit_name + " · " + (G.has("mode." + s.mode) && s.from_year !== s.to_year ? t("mode." + s.mode) + " " : "") + years;
  }
  /** True where the value is of a year that has ended: of its last day, not of the page's. */
  function ended(s) { return s.mode !== "level" && s.year !== null && s.year < G.data.page.year; }
  /** The day or year that the value is of. */
  function valueOf(s) {
    var year = G.data.page.year, facts = { year: s.year, day: G.data.page.as_of };
    if (s.mode === "yearly") { return t(s.year === year ? "target.in_year" : "target.of_year", facts); }
    return t(ended(s) ? "target.year_ended" : "target.on_day", facts);
  }
  /** A gap in words; one that rounds to nothing is said to be there. */
  function points(value, unit) {
    if (Math.abs(value) < 0.005) { return t("gap.tiny", { value: unit === "%" ? t("gap.points", { value: G.number(0.01, 2) }) : G.number(0.01, 2) + " " + unit }); }
    return unit === "%" ? t("gap.points", { value: G.number(Math.abs(value), Math.abs(value) < 1 ? 2 : 1) }) : G.amount(Math.abs(value), unit);
  }
  function gapWords(s) {
    if (s.actual === null || s.target === null) { return t("gap.unknown"); }
    var size = s.gap === null ? s.target - s.actual : s.gap, over = s.actual - s.target, most = s.comparator === "at_most";
    if (Math.abs(over) < 1e-9) { return t("gap.equal"); }
    if (most) { return t(over > 0 ? "gap.too_much" : "gap.room", { value: points(size, s.unit) }); }
    return t(over > 0 ? "gap.beyond" : "gap.short", { value: points(size, s.unit) });
  }
  function bar(s) {
    if (s.actual === null || s.target === null || s.target <= 0) { return null; }
    var most = Math.max(s.target, s.actual) * 1.08, x = function (v) { return Math.max(0, 300 * v / most); };
    return svg("svg", { class: "bar", viewBox: "0 0 300 22", preserveAspectRatio: "none", "aria-hidden": "true" }, [
      svg("rect", { x: 0, y: 7, width: 300, height: 8, rx: 4, class: "bar-back" }),
      svg("rect", { x: 0, y: 7, width: x(s.actual), height: 8, rx: 4, class: "bar-value" }),
      svg("rect", { x: x(s.target) - 1.5, y: 2, width: 3, height: 18, class: "bar-goal" })
    ]);
  }
  function ticks(low, high) {
    var span = high - low || 1, step = Math.pow(10, Math.floor(Math.log10(span / 2)));
    step = span / step > 8 ? step * 5 : span / step > 4 ? step * 2 : step;
    var out = [];
    for (var v = Math.ceil(low / step) * step; v <= high + step * 1e-6; v += step) { out.push(Math.abs(v) < step * 1e-9 ? 0 : v); }
    return { at: out, decimals: step < 1 ? 1 : 0 };
  }
  /** The way to the target, at year ends, and the value of the day beside it: years to the right, values up. */
  G.chart = function (s) {
    if (s.trajectory.length < 2) { return null; }
    var years = s.trajectory.map(function (p) { return p[0]; }), now = s.actual === null ? null : ended(s) ? s.year : G.data.page.now;
    var all = s.trajectory.map(function (p) { return p[1]; }).concat(s.target === null ? [] : [s.target], now === null ? [] : [s.actual]);
    var low = Math.min.apply(null, all), high = Math.max.apply(null, all), pad = (high - low || Math.abs(high) || 1) * 0.14;
    var first = Math.min.apply(null, years.concat(now === null ? [] : [now])), last = Math.max.apply(null, years.concat(now === null ? [] : [now]));
    low = low >= 0 && low - pad < 0 ? 0 : low - pad; high += pad;
    var x = function (year) { return 46 + 246 * (year - first) / (last - first || 1); };
    var y = function (v) { return 114 - 92 * (v - low) / (high - low); };
    var marks = ticks(low, high), every = last - first > 6 ? 2 : 1, parts = [];
    marks.at.forEach(function (v) {
      parts.push(svg("line", { x1: 46, x2: 296, y1: y(v), y2: y(v), class: "grid" }));
      parts.push(svg("text", { x: 38, y: y(v) + 4, "text-anchor": "end", text: G.number(v, marks.decimals) }));
    });
    for (var year = Math.ceil(first); year <= last; year += every) { parts.push(svg("text", { x: x(year), y: 133, "text-anchor": "middle", text: String(year) })); }
    parts.push(svg("polyline", { points: s.trajectory.map(function (p) { return x(p[0]) + "," + y(p[1]); }).join(" "), class: "way" }));
    if (s.target !== null) {
      parts.push(svg("circle", { cx: x(last), cy: y(s.target), r: 4, class: "goal" }));
      parts.push(svg("text", { x: 296, y: y(s.target) - 9, "text-anchor": "end", class: "goal-word", text: t("chart.goal", { value: G.number(s.target, s.target % 1 ? 1 : 0) }) }));
    }
    if (now !== null) {
      var right = x(now) < 230, below = y(s.actual) < 40;
      parts.push(svg("circle", { cx: x(now), cy: y(s.actual), r: 5, class: "now" }));
      parts.push(svg("text", { x: x(now) + (right ? 9 : -9), y: y(s.actual) + (below ? 16 : -6), "text-anchor": right ? "start" : "end", class: "now-word", text: t("chart.now", { value: G.number(s.actual, 1) }) }));
    }
    var ends = [s.trajectory[0], s.trajectory[s.trajectory.length - 1]];
    return el("figure", { class: "chart" }, [
      el("figcaption", { text: t("chart.title", { unit: G.unit(s.unit) }) + unitMark(s.unit) }),
      svg("svg", { viewBox: "0 0 312 140", role: "img", "aria-label": t("chart.described", {
        label: s.label, from: ends[0][0], to: ends[1][0], a: G.amount(ends[0][1], s.unit), b: G.amount(ends[1][1], s.unit), now: G.amount(s.actual, s.unit)
      }) }, parts)
    ]);
  };
  function unitMark(unit) { return unit === "%" && G.data.page.synthetic ? " " + t("made_up") : ""; }

  function card(s) {
    var chip = G.chip(G.label("target", s.status), G.colours.met[s.status] || "#77736a", GLYPHS[s.status] || "–");
    return el("article", { class: "target" }, [
      el("header", {}, [el("h3", { text: s.label }), chip]),
      el("p", { class: "unit", text: when(s) }),
      el("p", { class: "figures" }, [el("strong", { text: s.actual === null ? t("not_measured") : G.amount(s.actual, s.unit) }), el("span", { text: goal(s) })]),
      s.actual === null ? null : el("p", { class: "value-of", text: valueOf(s) }),
      bar(s),
      el("p", { class: "gap", text: s.actual === null ? G.t("gap.unknown") : gapWords(s) + (s.expected === null ? "" : " " + t("gap.expected", { value: G.amount(s.expected, s.unit) })) }),
      G.chart(s),
      s.feasibility.length ? el("ul", { class: "feasible" }, s.feasibility.map(function (f) { return el("li", { text: f }); })) : null,
      s.sentence || s.source ? el("details", {}, [
        el("summary", { text: t("target.sentence") }), el("blockquote", { text: s.sentence }),
        s.source ? el("p", { class: "quiet", text: t("target.source", { source: s.source }) }) : null
      ]) : null
    ]);
  }
  /** Cards with a figure first, the rest behind a fold. */
  G.targetPanel = function () {
    var all = G.data.standings, with_figure = all.filter(function (s) { return s.actual !== null; });
    var without = all.filter(function (s) { return s.actual === null; });
    var says = G.data.contradictions;
    return el("div", {}, [
      all.length ? null : el("p", { class: "quiet", text: t("target.none") }),
      el("div", { class: "targets" }, with_figure.map(card)),
      without.length ? el("details", { class: "fold" }, [el("summary", { text: t("target.without", { n: without.length }) }), el("div", { class: "targets" }, without.map(card))]) : null,
      says.length ? el("section", { class: "contradictions" }, [el("h3", { text: t("contradictions") }), el("ul", {}, says.map(function (c) {
        return el("li", {}, [el("p", { text: c.finding || c.found || "" }), el("p", { class: "quiet", text: [c.where, c.consequence].filter(Boolean).join(" – ") })]);
      }))]) : null
    ]);
  };
})(geoplan);
