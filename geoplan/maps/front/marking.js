"use strict";
/* Marking zones: draw, see what is touched, name, keep in memory, download as GeoJSON. Nothing leaves the machine. */
(function (G) {
  var el = G.el, t = G.t, list, saved = true, FROM = ["rice", "maize"], TO = ["perennial", "annual", "aquaculture", "forest"];
  G.marks = [];

  /** What a drawn ring lies on: hectares by forest class, outside the communes, zones touched. */
  G.touched = function (points) {
    var drawn = G.drawn(points), by = {}, all = G.hectares(points);
    G.overlaps(drawn, points, G.features.lots).forEach(function (o) {
      var code = G.classOf(o.feature, "forest_class"), row = by[code] || (by[code] = { code: code, ha: 0, count: 0 });
      row.ha += o.ha; row.count += 1;
    });
    var inside = G.overlaps(drawn, points, G.features.communes).reduce(function (sum, o) { return sum + o.ha; }, 0);
    return {
      ha: all, outside: Math.max(0, all - inside),
      classes: G.data.classes.forest_class.filter(function (c) { return by[c]; }).map(function (c) { return by[c]; }),
      zones: G.overlaps(drawn, points, G.features.zones.concat(G.features.drafts))
    };
  };
  function stamp() {
    var d = new Date(), two = function (n) { return String(n).padStart(2, "0"); };
    var base = "v" + d.getFullYear() + two(d.getMonth() + 1) + two(d.getDate()) + "-" + two(d.getHours()) + two(d.getMinutes()) + two(d.getSeconds());
    var id = base, n = 1;
    while (G.marks.some(function (m) { return m.id === id; })) { n += 1; id = base + "-" + n; }
    return id;
  }
  /** A name that every system takes as a file. */
  G.fileName = function (text) {
    var safe = G.folded(text).replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
    return "vung-" + (safe || "danh-dau") + ".geojson";
  };
  function feature(m) {
    var ring = m.ring.map(function (p) { return [Number(p[0].toFixed(7)), Number(p[1].toFixed(7))]; });
    var turn = ring.reduce(function (sum, p, i) { var n = ring[(i + 1) % ring.length]; return sum + p[0] * n[1] - n[0] * p[1]; }, 0);
    if (turn < 0) { ring.reverse(); }
    return {
      type: "Feature",
      properties: { zone_id: m.id, name: m.name, from_crop: m.from || null, to_group: m.to || null, marked_with: "geoplan" },
      geometry: { type: "Polygon", coordinates: [ring.concat([ring[0]])] }
    };
  }
  /** Marks as GeoJSON text: longitude and latitude, WGS 84. */
  G.geojson = function (marks) { return JSON.stringify({ type: "FeatureCollection", features: marks.map(feature) }, null, 1) + "\n"; };
  function download(marks, name) {
    var url = URL.createObjectURL(new Blob([G.geojson(marks)], { type: "application/geo+json" }));
    var link = el("a", { href: url, download: name, hidden: true });
    document.body.appendChild(link);
    link.click();
    document.body.removeChild(link);
    setTimeout(function () { URL.revokeObjectURL(url); }, 30000);
    saved = true;
    G.tell(t("marking.downloaded", { name: name }));
  }

  function choice(m, field, text, group, options) {
    var select = el("select", { on: { change: function () { m[field] = select.value; saved = false; } } },
      [el("option", { value: "", text: t("marking.choose") })].concat(options.map(function (o) { return el("option", { value: o, selected: m[field] === o, text: G.label(group, o) }); })));
    return el("label", { class: "field" }, [el("span", { text: text }), select]);
  }
  function effects(m) {
    var w = m.touched, rows = w.classes.map(function (c) {
      return el("li", {}, [G.swatch(G.colours.forest_class[c.code]), el("span", { class: "name", text: t("marking.lots", { label: G.label("forest_class", c.code), n: c.count }) }), el("span", { class: "ha", text: G.ha(c.ha) })]);
    });
    if (w.outside > 0.005) { rows.push(el("li", { class: "warn" }, [el("span", { class: "name", text: t("marking.outside") }), el("span", { class: "ha", text: G.ha(w.outside) })])); }
    w.zones.forEach(function (z) { rows.push(el("li", {}, [el("span", { class: "name", text: t("marking.on_zone", { name: G.zoneName(z.feature) }) }), el("span", { class: "ha", text: G.ha(z.ha) })])); });
    var natural = w.classes.some(function (c) { return c.code === "natural_forest" && c.ha > 0.005; });
    return el("div", { class: "effects" }, [
      el("h4", { text: t("marking.touches") }), rows.length ? el("ul", { class: "legend-rows" }, rows) : el("p", { class: "quiet", text: t("marking.touches_nothing") }),
      natural ? el("p", { class: "warn", text: t("marking.natural") }) : null
    ]);
  }
  function item(m) {
    var name = el("input", { type: "text", maxlength: 120, value: m.name, on: { input: function () { m.name = name.value; saved = false; G.redrawSketch(); } } });
    return el("article", { class: "mark" }, [
      el("header", {}, [el("strong", { class: "live", text: G.ha(m.ha) }), el("span", { class: "quiet", text: m.id })]),
      el("label", { class: "field" }, [el("span", { text: t("marking.name") }), name]),
      choice(m, "from", t("marking.from"), "crop", FROM), choice(m, "to", t("marking.to"), "group", TO), effects(m),
      el("p", { class: "keys" }, [
        G.button(t("marking.download"), function () { download([m], G.fileName(m.name || m.id)); }, { class: "primary" }),
        G.button(t("marking.show"), function () { G.map.fitBounds(L.latLngBounds(m.ring.map(function (p) { return [p[1], p[0]]; })), { padding: [60, 60], animate: false }); }),
        G.button(t("marking.remove"), function () { G.marks.splice(G.marks.indexOf(m), 1); fill(); G.redrawSketch(); })
      ])
    ]);
  }
  function fill() {
    G.clear(list);
    G.marks.forEach(function (m) { list.appendChild(item(m)); });
    if (G.marks.length > 1) {
      list.appendChild(el("p", { class: "keys" }, [G.button(t("marking.download_all", { n: G.marks.length }), function () { download(G.marks, G.fileName("")); }, { class: "primary" })]));
    }
  }
  G.beginMark = function () {
    G.beginSketch("zone", function (points) {
      G.marks.push({ id: stamp(), name: "", from: "", to: "", ring: points, ha: G.hectares(points), touched: G.touched(points) });
      saved = false;
      fill();
      G.redrawSketch();
      G.openTab("marking", true);
      list.lastChild.scrollIntoView({ block: "nearest" });
      var inputs = list.querySelectorAll("input[type=text]");
      if (!G.narrow() && inputs.length) { inputs[inputs.length - 1].focus(); }
    });
  };
  /** The marking tab. */
  G.markingPanel = function () {
    list = el("div", { class: "marks" });
    window.addEventListener("beforeunload", function (event) { if (!saved && G.marks.length) { event.preventDefault(); } });
    return el("div", {}, [el("p", { text: t("marking.about") }), el("p", { class: "keys" }, [G.button(t("marking.draw"), G.beginMark, { class: "primary", id: "draw" })]), list]);
  };
})(geoplan);
