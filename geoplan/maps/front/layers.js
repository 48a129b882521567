"use strict";
/* What is drawn, in which order, in which colour, and what is switched on. */
(function (G) {
  var names = ["lots", "villages", "communes", "zones", "drafts", "sites", "households"];
  G.state = { colour: "forest_class", zones: "verdict", seen: {}, overlay: null, opacity: 0.85, labels: true };
  G.features = {};

  G.unpackAll = function () {
    names.forEach(function (name) {
      var layer = G.data.layers[name];
      G.features[name] = layer ? G.unpack(name, layer) : [];
      G.state.seen[name] = true;
    });
    if (G.features.drafts.length === 0 && G.features.zones.length === 0) { G.state.zones = "verdict"; }
  };
  G.read = function (feature, column) { return G.value(G.data.layers[feature.layer], column, feature.row); };
  /** Class of a feature in a division; what is not in the list is unknown. */
  G.classOf = function (feature, division) {
    var code = G.read(feature, division === "place_verdict" ? "painted" : division);
    return G.data.classes[division].indexOf(code) < 0 ? "unknown" : code;
  };

  /** Rows of the legend: code, hectares, features without an area. The hectares are those of the results. */
  G.summary = function (layer, division) { return (G.data.legend[layer] || {})[division] || []; };

  function drawLots(view) {
    var c = view.context, by = {}, all = G.seen(view, G.features.lots), colours = G.colours[G.state.colour];
    all.forEach(function (f) { var k = G.classOf(f, G.state.colour); (by[k] = by[k] || []).push(f); });
    Object.keys(by).forEach(function (code) {
      var hatch = G.hatched[code] ? G.pattern(c, "right", "#77736a", view.ratio) : null;
      G.inBatches(view, by[code], function () {
        c.globalAlpha = G.state.opacity; c.fillStyle = colours[code]; c.fill();
        if (hatch) { c.globalAlpha = 0.5; c.fillStyle = hatch; c.fill(); }
      });
      c.globalAlpha = 1;
    });
    if (all.length > 1500 && view.scale * (all[0].box[2] - all[0].box[0] + all[all.length >> 1].box[2] - all[all.length >> 1].box[0]) < 16) { return; }
    c.strokeStyle = G.state.overlay === "swipe" ? "rgba(255,253,247,.42)" : view.zoom < 13 ? "rgba(255,255,255,.45)" : view.zoom < 14.25 ? "rgba(38,50,43,.38)" : "rgba(38,50,43,.55)";
    c.lineWidth = view.zoom < 13 ? 0.4 : view.zoom < 15 ? 0.6 : 1;
    G.inBatches(view, all, function () { c.stroke(); });
  }
  function drawVillages(view) {
    var c = view.context;
    G.seen(view, G.features.villages).forEach(function (f) {
      if (f.point) {
        c.beginPath(); c.arc(f.rings[0][0] * view.scale - view.x0, f.rings[0][1] * view.scale - view.y0, 4, 0, 7);
        c.fillStyle = "#fffdf7"; c.fill(); c.strokeStyle = G.ink.village; c.lineWidth = 2; c.stroke();
        return;
      }
      c.beginPath(); G.trace(view, f);
      c.setLineDash([2, 4]); c.strokeStyle = G.ink.village; c.lineWidth = 1.4; c.stroke(); c.setLineDash([]);
    });
  }
  function drawCommunes(view) {
    var c = view.context;
    c.beginPath();
    G.features.communes.forEach(function (f) { G.trace(view, f); });
    c.strokeStyle = "rgba(255,253,247,.85)"; c.lineWidth = 5; c.stroke();
    c.setLineDash([10, 4, 2, 4]); c.strokeStyle = G.ink.commune; c.lineWidth = 2; c.stroke(); c.setLineDash([]);
  }
  function drawZones(view, layer) {
    var c = view.context, draft = layer === "drafts";
    G.seen(view, G.features[layer]).forEach(function (f) {
      var division = draft ? "verdict" : G.state.zones, code = G.classOf(f, division);
      var colour = draft ? G.ink.drawn : G.colours[division][code];
      c.beginPath(); G.trace(view, f);
      c.globalAlpha = 0.16; c.fillStyle = colour; c.fill(); c.globalAlpha = 1;
      var kind = draft ? "none" : (G.patterns[division] || {})[code] || "none";
      if (kind !== "none") { c.globalAlpha = 0.75; c.fillStyle = G.pattern(c, kind, colour, view.ratio); c.fill(); c.globalAlpha = 1; }
      c.strokeStyle = "rgba(255,253,247,.9)"; c.lineWidth = 5; c.stroke();
      if (draft) { c.setLineDash([7, 5]); }
      c.strokeStyle = colour; c.lineWidth = 2.4; c.stroke(); c.setLineDash([]);
    });
  }
  function drawLabels(view) {
    var write = G.labels(view), seen = G.state.seen;
    function each(name, from, lines, settings) {
      if (!seen[name] || view.zoom < from) { return; }
      G.seen(view, G.features[name]).forEach(function (f) {
        if ((f.box[2] - f.box[0]) * view.scale >= (settings.least || 0)) { write(f, lines(f), settings); }
      });
    }
    each("sites", 12.5, function (f) {
      var room = G.read(f, "capacity_households");
      var short = G.t("place.site_short", { id: G.read(f, "place_id") });
      return room === null || view.zoom < 14 ? [short] : [short, G.t("place.households", { n: G.number(room, 0) })];
    }, { size: 12, bold: true, colour: "#16201b", below: view.zoom < 15.5 ? 17 : 0 });
    ["drafts", "zones"].forEach(function (name) {
      each(name, 13.5, function (f) {
        var title = String(G.read(f, "name") || G.read(f, "zone_id"));
        return view.zoom >= 15 ? [title, G.ha(G.read(f, "geom_ha"))] : [G.ha(G.read(f, "geom_ha"))];
      }, { size: 12, bold: true, colour: "#1c2733", least: view.zoom >= 15 ? 18 : 34 });
    });
    each("villages", 11.5, function (f) { return [String(G.read(f, "name"))]; },
      { size: 12.5, bold: true, colour: "#4a3c28", below: G.data.layers.villages && G.data.layers.villages.points ? -14 : 0 });
    if (G.features.communes.length > 1) {
      each("communes", 0, function (f) { return [String(G.read(f, "name"))]; }, { size: 15, bold: true, colour: "#2a1f12" });
    }
    each("lots", 15, function (f) { return [String(G.read(f, "lo") || "")]; }, { size: 10.5, fit: true, colour: "#26322b" });
  }
  /* What lies outside the communes steps back. */
  function drawVeil(view) {
    var c = view.context;
    c.beginPath();
    c.rect(0, 0, view.width, view.height);
    G.features.communes.forEach(function (f) { G.trace(view, f); });
    c.fillStyle = "rgba(243,239,228,.88)"; c.fill("evenodd");
  }
  /** Draw the lots, under the shading. */
  G.drawGround = function (view) {
    view.context.lineJoin = "round";
    if (G.state.seen.lots && G.features.lots.length) { drawLots(view); }
  };
  /** Draw borders, zones and words, over the shading. */
  G.drawPlan = function (view) {
    var seen = G.state.seen;
    view.context.lineJoin = "round";
    drawVeil(view);
    if (seen.villages) { drawVillages(view); }
    if (seen.communes) { drawCommunes(view); }
    if (seen.zones) { drawZones(view, "zones"); }
    if (seen.drafts) { drawZones(view, "drafts"); }
    if (seen.sites) { G.drawSites(view); }
    if (seen.households) { G.drawHouseholds(view); }
    if (G.state.labels) { drawLabels(view); }
  };

  /** What lies at a place, top first. */
  G.at = function (lon, lat) {
    var w = G.world(lon, lat), near = 14 / Math.pow(2, G.map.getZoom());
    return ["households", "sites", "drafts", "zones", "lots", "villages", "communes"].reduce(function (out, name) {
      if (!G.state.seen[name]) { return out; }
      if (name === "households") { return out.concat(G.near(w[0], w[1])); }
      return out.concat(G.features[name].filter(function (f) {
        return f.point ? Math.abs(f.box[0] - w[0]) < near && Math.abs(f.box[1] - w[1]) < near : G.inside(f, w[0], w[1]);
      }));
    }, []);
  };
  G.boundsOf = function (feature) {
    var a = G.lonlat(feature.box[0], feature.box[3]), b = G.lonlat(feature.box[2], feature.box[1]);
    return L.latLngBounds([a[1], a[0]], [b[1], b[0]]);
  };
})(geoplan);
