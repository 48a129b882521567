"use strict";
/* What images say: of a zone, its parts, looks and series as a chart made when its card opens; of a lot, both figures. */
(function (G) {
  var el = G.el, svg = G.svg, t = G.t, DAY = 86400000, GAP_DAYS = 70;
  var W = 300, LEFT = 26, RIGHT = 294, TOP = 16, FOOT = 126;
  var PARTS = ["converted", "converting", "not_converted", "unknown"];
  var SEASONS = { spring: [1, 6], summer: [6, 11] }; /* first month and the month after the last, from 0: February to June, July to November */

  function written(time) {
    var d = new Date(time), two = function (n) { return String(n).padStart(2, "0"); };
    return G.data.lang === "en" ? d.toISOString().slice(0, 10) : two(d.getUTCDate()) + "/" + two(d.getUTCMonth() + 1) + "/" + d.getUTCFullYear();
  }
  function month(time) { return G.data.lang === "en" ? written(time).slice(0, 7) : written(time).slice(3); }
  /** Looks of a zone: times and values; null without any. */
  G.looks = function (id) {
    var all = G.data.series, packed = all.of && Object.prototype.hasOwnProperty.call(all.of, id) ? all.of[id] : null;
    if (!packed) { return null; }
    var at = Date.parse(all.first), first = at;
    var value = function (v) { return v === null ? null : v / 100; };
    var found = packed.days.map(function (step, i) {
      at += step * DAY;
      return { time: at, ndvi: value(packed.ndvi[i]), lswi: value(packed.lswi[i]), seen: value(packed.seen[i]) };
    }).filter(function (l) { return l.ndvi !== null || l.lswi !== null; });
    return { looks: found, planned: packed.planned === null ? null : first + packed.planned * DAY };
  };
  function byYear(looks) {
    var years = {};
    looks.forEach(function (l) { var y = new Date(l.time).getUTCFullYear(); years[y] = (years[y] || 0) + 1; });
    return Object.keys(years).sort().map(function (y) { return t("seen.year", { year: y, n: years[y] }); }).join(" · ");
  }
  function seasons(from, to, x) {
    var bands = [];
    for (var year = new Date(from).getUTCFullYear(); year <= new Date(to).getUTCFullYear(); year++) {
      Object.keys(SEASONS).forEach(function (name) {
        var a = Math.max(from, Date.UTC(year, SEASONS[name][0], 1)), b = Math.min(to, Date.UTC(year, SEASONS[name][1], 1));
        if (b <= a) { return; }
        bands.push(svg("rect", { x: x(a), y: TOP, width: x(b) - x(a), height: FOOT - TOP, class: "season " + name }));
      });
    }
    return bands;
  }
  /* A line with its gaps: looks far apart are not joined. */
  function line(looks, index, x, y) {
    var path = "", before = null;
    looks.forEach(function (l) {
      if (l[index] === null) { return; }
      path += (before === null || l.time - before > GAP_DAYS * DAY ? "M" : "L") + x(l.time).toFixed(1) + " " + y(l[index]).toFixed(1);
      before = l.time;
    });
    return svg("path", { d: path, class: "index " + index });
  }
  function dots(looks, index, x, y) {
    return looks.filter(function (l) { return l[index] !== null; }).map(function (l) {
      var words = t("seen.look", { day: written(l.time), index: t("index." + index), value: G.number(l[index], 2) });
      return svg("circle", { cx: x(l.time).toFixed(1), cy: y(l[index]).toFixed(1), r: 1.9, class: "look " + index }, [svg("title", { text: words })]);
    });
  }
  function range(looks) {
    var all = looks.reduce(function (out, l) { return out.concat([l.ndvi, l.lswi]); }, []).filter(function (v) { return v !== null; });
    return { low: Math.min(0, Math.floor(Math.min.apply(null, all) * 5) / 5), high: Math.max(0.8, Math.ceil(Math.max.apply(null, all) * 5) / 5) };
  }
  function axes(from, to, span, x, y) {
    var parts = [], years = new Date(to).getUTCFullYear() - new Date(from).getUTCFullYear();
    for (var v = Math.ceil(span.low / 0.4) * 0.4; v <= span.high + 1e-9; v += 0.4) {
      parts.push(svg("line", { x1: LEFT, x2: RIGHT, y1: y(v), y2: y(v), class: Math.abs(v) < 1e-9 ? "grid zero" : "grid" }));
      parts.push(svg("text", { x: LEFT - 5, y: y(v) + 3.5, "text-anchor": "end", text: G.number(Math.abs(v) < 1e-9 ? 0 : v, 1) }));
    }
    for (var year = new Date(from).getUTCFullYear(); year <= new Date(to).getUTCFullYear(); year++) {
      var a = Math.max(from, Date.UTC(year, 0, 1)), b = Math.min(to, Date.UTC(year + 1, 0, 1));
      if (a > from) { parts.push(svg("line", { x1: x(a), x2: x(a), y1: FOOT, y2: FOOT + 5, class: "tick" })); }
      if (x(b) - x(a) > (years > 6 ? 22 : 26)) { parts.push(svg("text", { x: (x(a) + x(b)) / 2, y: FOOT + 14, "text-anchor": "middle", text: String(year) })); }
    }
    return parts;
  }
  function planLine(planned, from, to, x) {
    if (planned === null || planned < from || planned > to) { return []; }
    var right = x(planned) < W - 100;
    return [
      svg("line", { x1: x(planned), x2: x(planned), y1: TOP - 4, y2: FOOT, class: "plan" }),
      svg("text", { x: x(planned) + (right ? 4 : -4), y: TOP - 6, "text-anchor": right ? "start" : "end", class: "plan-word", text: t("seen.plan", { day: month(planned) }) })
    ];
  }
  function key(kind, text) { return el("span", { class: "key" }, [el("i", { class: kind, "aria-hidden": "true" }), text]); }
  /** The series of a zone as a figure; null where it has fewer than two looks. */
  G.seriesChart = function (id, name) {
    var found = G.looks(id);
    if (!found || found.looks.length < 2) { return null; }
    var looks = found.looks, from = looks[0].time, to = looks[looks.length - 1].time, span = range(looks);
    var x = function (time) { return LEFT + (RIGHT - LEFT) * (time - from) / (to - from); };
    var y = function (v) { return FOOT - (FOOT - TOP) * (v - span.low) / (span.high - span.low); };
    var green = looks.map(function (l) { return l.ndvi; }).filter(function (v) { return v !== null; });
    var facts = { name: name, n: looks.length, from: written(from), to: written(to), low: G.number(Math.min.apply(null, green), 2), high: G.number(Math.max.apply(null, green), 2) };
    var words = t("seen.described", facts) + (found.planned === null ? "" : " " + t("seen.planned_said", { day: written(found.planned) }));
    return el("figure", { class: "series" }, [
      svg("svg", { viewBox: "0 0 300 144", role: "img", "aria-label": words }, [].concat(
        seasons(from, to, x), axes(from, to, span, x, y), planLine(found.planned, from, to, x),
        line(looks, "lswi", x, y), dots(looks, "lswi", x, y), line(looks, "ndvi", x, y), dots(looks, "ndvi", x, y)
      )),
      el("figcaption", {}, [
        el("p", { class: "keys-of" }, [key("ndvi", t("seen.ndvi")), key("lswi", t("seen.lswi")), key("spring", t("seen.spring")), key("summer", t("seen.summer"))]),
        el("p", { text: t("seen.flood") })
      ])
    ]);
  };
  function dates(found) {
    var list = el("ol", { class: "looks" });
    var fold = el("details", { class: "fold" }, [el("summary", { text: t("seen.days", { n: found.looks.length }) }), list]);
    fold.addEventListener("toggle", function () {
      if (list.firstChild) { return; }
      found.looks.forEach(function (l) {
        list.appendChild(el("li", {}, [el("span", { text: written(l.time) }), el("span", { text: G.number(l.ndvi, 2) }), el("span", { text: G.number(l.lswi, 2) })]));
      });
    });
    return fold;
  }
  function parts(f) {
    var rows = PARTS.map(function (code) { return { code: code, ha: G.read(f, code + "_ha") }; }).filter(function (p) { return p.ha !== null && p.ha >= 0.005; });
    var all = rows.reduce(function (sum, p) { return sum + p.ha; }, 0), at = 0, low = G.read(f, "converted_ha_low"), high = G.read(f, "converted_ha_high");
    var whole = G.read(f, "inside_ha") === null ? G.read(f, "geom_ha") : G.read(f, "inside_ha");
    var counted = whole === null || G.read(f, "verdict_seen") === null || whole - all < 0.01 + 0.01 * whole ? null
      : el("p", { class: "quiet", text: t("seen.counted", { part: G.ha(all), whole: G.ha(whole) }) });
    if (!rows.length) { return counted; }
    return el("div", { class: "parts" }, [
      svg("svg", { viewBox: "0 0 300 12", preserveAspectRatio: "none", "aria-hidden": "true" }, rows.map(function (p) {
        var bar = svg("rect", { x: at, y: 0, width: Math.max(0, 300 * p.ha / all - 1), height: 12, fill: G.colours.verdict_seen[p.code] });
        at += 300 * p.ha / all;
        return bar;
      })),
      el("ul", { class: "legend-rows" }, rows.map(function (p) {
        var between = p.code === "converted" && low !== null && high !== null && high - low >= 0.005 ? el("small", { text: t("seen.between", { low: G.number(low, 2), high: G.ha(high) }) }) : null;
        return el("li", {}, [G.swatch(G.colours.verdict_seen[p.code]), el("span", { class: "name" }, [G.label("verdict_seen", p.code), between]), el("span", { class: "ha", text: G.ha(p.ha) })]);
      })),
      counted
    ]);
  }
  /** The verdict of images as a chip; null where they were not asked. */
  G.seenChip = function (f) {
    var verdict = G.read(f, "verdict_seen");
    return verdict === null ? null : G.chip(t("seen.chip", { verdict: G.label("verdict_seen", verdict) }), G.colours.verdict_seen[G.classOf(f, "verdict_seen")]);
  };
  /** What images say of a zone; null where they were not asked. */
  G.seenZone = function (f) {
    var verdict = G.read(f, "verdict_seen"), id = String(G.read(f, "zone_id")), found = G.looks(id), reasons = G.read(f, "seen_reasons"), least = G.read(f, "looks_count");
    if (verdict === null && !found) { return null; }
    return el("div", { class: "seen" }, [
      el("h3", { text: t("seen.title") }),
      reasons && reasons.length ? el("ul", { class: "reasons" }, [].concat(reasons).map(function (r) { return el("li", { text: r }); })) : null,
      parts(f), G.seriesChart(id, G.zoneName(f)),
      found && found.looks.length ? el("p", { class: "quiet", text: t("seen.looks", { years: byYear(found.looks) }) }) : null,
      !least && found ? null : least === null ? null : el("p", { class: "quiet", text: t("seen.least", { n: G.number(least, 0) }) }),
      found && found.looks.length ? dates(found) : null
    ]);
  };
  function signed(value) { return (value > 0.0005 ? "+" : "") + G.ha(Math.abs(value) < 0.005 ? 0 : value); }
  /** Official and measured forest of a lot beside each other; null where it was not measured. */
  G.seenLot = function (f) {
    var code = G.read(f, "agreement"), because = [].concat(G.read(f, "agreement_reason") || []), measured = G.read(f, "measured_ha"), difference = G.read(f, "difference_ha");
    if (code === null || (code === "unknown" && measured === null)) { return null; }
    var both = measured !== null && difference !== null;
    return el("div", { class: "seen" }, [
      el("h3", { text: t("agreement.title") }),
      el("p", { class: "chips" }, [G.chip(G.label("agreement", code), G.colours.agreement[G.classOf(f, "agreement")])]),
      G.facts([
        [t("agreement.official"), both ? G.ha(Math.max(0, measured - difference)) : null], [t("agreement.measured"), measured === null ? null : G.ha(measured)],
        [t("agreement.difference"), both ? signed(difference) : null], [t("agreement.seen"), G.read(f, "seen_ha") === null ? null : G.ha(G.read(f, "seen_ha"))]
      ]),
      because.length ? el("ul", { class: "because" }, because.map(function (r) { return el("li", { text: r }); })) : null,
      el("p", { class: "quiet", text: t("agreement.kept") })
    ]);
  };
})(geoplan);
