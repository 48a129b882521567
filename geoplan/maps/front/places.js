"use strict";
/* Households and sites of resettlement: a shape and a colour for each verdict, and what is said of them. */
(function (G) {
  var el = G.el, t = G.t, MOST_NEAR = 4, REACH_PX = 14, LEAST_PX = 15;
  var HOUSE = [[0, -1.2], [1.1, -0.1], [0.8, -0.1], [0.8, 1], [-0.8, 1], [-0.8, -0.1], [-1.1, -0.1]];
  var SHAPES = { at_risk: "triangle", conditional: "diamond", safe: "circle", unknown: "square", moved: "times" };

  /* Path of a shape of radius r about a place, as moves and lines; a circle is said by its name. */
  function corners(shape, r) {
    return shape === "triangle" ? [[0, -1.25 * r], [1.15 * r, 0.85 * r], [-1.15 * r, 0.85 * r]]
      : shape === "square" ? [[-0.9 * r, -0.9 * r], [0.9 * r, -0.9 * r], [0.9 * r, 0.9 * r], [-0.9 * r, 0.9 * r]]
      : shape === "diamond" ? [[0, -1.25 * r], [1.25 * r, 0], [0, 1.25 * r], [-1.25 * r, 0]] : null;
  }
  function trace(c, shape, x, y, r) {
    var way = corners(shape, r);
    c.beginPath();
    if (shape === "times") {
      r *= 0.75;
      c.moveTo(x - r, y - r); c.lineTo(x + r, y + r); c.moveTo(x + r, y - r); c.lineTo(x - r, y + r);
      return;
    }
    if (!way) { c.arc(x, y, r, 0, 7); return; }
    way.forEach(function (p, i) { if (i) { c.lineTo(x + p[0], y + p[1]); } else { c.moveTo(x + p[0], y + p[1]); } });
    c.closePath();
  }
  function place(view, f) { return [f.rings[0][0] * view.scale - view.x0, f.rings[0][1] * view.scale - view.y0]; }

  /** Draw households: the gravest on top. */
  G.drawHouseholds = function (view) {
    var c = view.context, r = view.zoom < 13.5 ? 4 : view.zoom < 15 ? 5.2 : 6.5, seen = G.seen(view, G.features.households);
    G.data.classes.place_verdict.slice().reverse().forEach(function (code) {
      seen.forEach(function (f) {
        if (G.classOf(f, "place_verdict") !== code) { return; }
        var at = place(view, f), colour = G.colours.place_verdict[code];
        trace(c, SHAPES[code], at[0], at[1], r);
        c.strokeStyle = "rgba(255,253,247,.95)"; c.lineWidth = code === "moved" ? 5 : 3.6; c.stroke();
        if (code === "moved") { c.strokeStyle = colour; c.lineWidth = 2.2; c.stroke(); return; }
        c.fillStyle = colour; c.fill();
        c.strokeStyle = "#16201b"; c.lineWidth = 0.9; c.stroke();
      });
    });
  };
  /* A site too small to be seen as an outline: a small house; hollow where it is only planned. */
  function drawHouse(view, f, colour) {
    var c = view.context, a = G.anchor(f), x = a[0] * view.scale - view.x0, y = a[1] * view.scale - view.y0, r = 6.5;
    c.beginPath();
    HOUSE.forEach(function (p, i) { if (i) { c.lineTo(x + r * p[0], y + r * p[1]); } else { c.moveTo(x + r * p[0], y + r * p[1]); } });
    c.closePath();
    c.strokeStyle = "rgba(255,253,247,.95)"; c.lineWidth = 5; c.stroke();
    c.fillStyle = G.read(f, "place_kind") === "planned" ? "#fffdf7" : colour; c.fill();
    c.strokeStyle = colour; c.lineWidth = 2; c.stroke();
  }
  /** Draw sites: an existing one with a whole line, a planned one with a broken one. */
  G.drawSites = function (view) {
    var c = view.context;
    G.seen(view, G.features.sites).forEach(function (f) {
      var colour = G.colours.place_verdict[G.classOf(f, "place_verdict")];
      if ((f.box[2] - f.box[0]) * view.scale < LEAST_PX) { drawHouse(view, f, colour); return; }
      c.beginPath(); G.trace(view, f);
      c.globalAlpha = 0.22; c.fillStyle = colour; c.fill(); c.globalAlpha = 1;
      c.strokeStyle = "rgba(255,253,247,.95)"; c.lineWidth = 6; c.stroke();
      if (G.read(f, "place_kind") === "planned") { c.setLineDash([8, 5]); }
      c.strokeStyle = colour; c.lineWidth = 3; c.stroke(); c.setLineDash([]);
    });
  };
  /** Sample for the legend and the cards. */
  G.symbol = function (code) {
    var shape = SHAPES[code], way = corners(shape, 6), ink = { fill: G.colours.place_verdict[code], stroke: "#16201b", "stroke-width": 0.9 };
    if (shape === "times") { way = null; ink = { d: "M6 4L16 14M16 4L6 14", stroke: G.colours.place_verdict[code], "stroke-width": 2.4, fill: "none" }; }
    else if (way) { ink.points = way.map(function (p) { return (p[0] + 11) + "," + (p[1] + 9); }).join(" "); }
    else { ink.cx = 11; ink.cy = 9; ink.r = 6; }
    return G.svg("svg", { class: "swatch symbol", viewBox: "0 0 22 18", width: 22, height: 18, "aria-hidden": "true" }, [G.svg(way ? "polygon" : ink.d ? "path" : "circle", ink)]);
  };
  /** Sample of a site, existing or planned. */
  G.siteSymbol = function (colour, planned) {
    var path = HOUSE.map(function (p, i) { return (i ? "L" : "M") + (11 + 7 * p[0]) + " " + (9.5 + 7 * p[1]); }).join("") + "Z";
    return G.svg("svg", { class: "swatch symbol", viewBox: "0 0 22 18", width: 22, height: 18, "aria-hidden": "true" }, [
      G.svg("path", { d: path, fill: planned ? "#fffdf7" : colour, stroke: colour, "stroke-width": 2, "stroke-linejoin": "round" })
    ]);
  };
  /** Households near a place, the nearest first. */
  G.near = function (x, y) {
    var near = REACH_PX / Math.pow(2, G.map.getZoom());
    return G.features.households.map(function (f) { return { f: f, far: Math.hypot(f.box[0] - x, f.box[1] - y) }; })
      .filter(function (h) { return h.far < near; }).sort(function (a, b) { return a.far - b.far; }).map(function (h) { return h.f; });
  };
  /** The first few of many households, and how many are left unsaid. */
  G.fewHouseholds = function (features) {
    var count = 0;
    var kept = features.filter(function (f) { return f.layer !== "households" || ++count <= MOST_NEAR; });
    return { features: kept, unsaid: Math.max(0, count - MOST_NEAR) };
  };

  G.placeName = function (f) {
    var id = G.read(f, "place_id"), kind = f.layer === "households" ? "household" : "site";
    return t("place." + kind, { id: id });
  };
  function village(code) {
    if (code === null) { return null; }
    var found = G.features.villages.filter(function (f) { return G.read(f, "village_code") === code; })[0];
    return found ? String(G.read(found, "name")) : String(code);
  }
  function danger(f, column) { var value = G.read(f, column); return value === null ? null : G.label("hazard_class", value); }
  function metres(value) { return value === null ? null : value >= 1000 ? G.number(value / 1000, 1) + " km" : G.number(value, 0) + " m"; }
  function households(value) { return value === null ? null : t("place.households", { n: G.number(value, 0) }); }
  function coded(f, column, group) { var value = G.read(f, column); return value === null ? null : G.label(group, value); }

  /** What is known of a household or a site. */
  G.placeCard = function (f) {
    var site = f.layer === "sites", painted = G.classOf(f, "place_verdict"), code = painted === "moved" ? G.read(f, "verdict") || "unknown" : painted, reasons = G.read(f, "reasons"), cut = G.read(f, "cut_slope");
    return el("section", { class: "card" }, [
      el("h2", { text: G.placeName(f) }),
      el("p", { class: "chips" }, [
        el("span", { class: "chip verdict-chip" }, [site ? G.siteSymbol(G.colours.place_verdict[code], G.read(f, "place_kind") === "planned") : G.symbol(code), G.label("place_verdict", code)]),
        painted === "moved" ? el("span", { class: "chip verdict-chip" }, [G.symbol("moved"), G.label("place_verdict", "moved")]) : null,
        site ? G.chip(G.label("place_kind", G.read(f, "place_kind")), G.ink.outline) : null
      ]),
      reasons && reasons.length ? el("ul", { class: code === "safe" ? "reasons" : "reasons warn" }, [].concat(reasons).map(function (r) { return el("li", { text: r }); })) : null,
      G.facts([
        [t("place.status"), coded(f, "status", "household_status")], [t("place.form"), coded(f, "form", "household_form")], [t("place.site_of"), site ? null : G.read(f, "site_id")],
        [t("place.capacity"), households(G.read(f, "capacity_households"))], [t("place.room"), households(G.read(f, "room_households"))],
        [t("place.road"), metres(G.read(f, "road_m"))],
        [t("place.landslide"), danger(f, "landslide_class")], [t("place.flood"), danger(f, "flood_class")], [t("place.debris"), danger(f, "debris_class")],
        [t("place.cut_slope"), cut === null ? null : t(cut ? "yes" : "no")], [t("place.village"), village(G.read(f, "village_code"))]
      ]),
      el("p", { class: "quiet", text: t("place.basis") })
    ]);
  };
})(geoplan);
