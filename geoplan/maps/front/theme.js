"use strict";
/* Colours. Classes differ in lightness and pattern, never by red against green; the gap follows PuOr. */
(function (G) {
  G.colours = {
    forest_class: {
      natural_forest: "#2f6b4f", planted_forest: "#86ad5c", planted_not_yet_forest: "#dfc46a", regeneration: "#a5d0c3",
      non_forest: "#efe7d4", unknown: "#c4c2bb"
    },
    use: { protection: "#4f86b8", special_use: "#5d3a74", production: "#d9b166", outside: "#dad7cb", unknown: "#c4c2bb" },
    gap_role: {
      counts: "#5e3c99", young: "#9d8fc7", regeneration: "#d5d0e8", plantable: "#e08a2e", other: "#eee9de", unknown: "#c4c2bb"
    },
    verdict: { lawful: "#1f5f99", look: "#c77700", refused: "#7d1d4f", to_forest: "#3b3b3b", unknown: "#77736a" },
    status: { draft: "#8a8578", submitted: "#4f86b8", approved: "#1f5f99", carried_out: "#6b4fa0", accepted: "#3d1d6b", unknown: "#77736a" },
    agreement: {
      both: "#2f6b4f", official_only: "#e08a2e", measured_only: "#4f86b8", neither: "#efe7d4", unseen: "#a9adb5", unknown: "#c4c2bb"
    },
    verdict_seen: {
      converted: "#1f5f99", converting: "#5aa9c4", not_converted: "#7d1d4f", abandoned: "#b8860b", field_only: "#20201e",
      insufficient: "#77736a", not_measurable: "#77736a", unknown: "#77736a"
    },
    place_verdict: { at_risk: "#a3123f", conditional: "#e39a1c", safe: "#1f5f99", moved: "#6b6a72", unknown: "#a5a196" },
    met: { met: "#4b2e83", on_track: "#6d5aa8", behind: "#b35806", missed: "#8c3d04" }
  };
  G.patterns = {
    verdict: { lawful: "none", look: "left", refused: "cross", to_forest: "dots", unknown: "right" },
    verdict_seen: {
      converted: "none", converting: "left", not_converted: "cross", abandoned: "dots", field_only: "dots",
      insufficient: "right", not_measurable: "right", unknown: "right"
    }
  };
  G.hatched = { unknown: true, unseen: true };
  var INK = { drawn: "#b3471d", outline: "#2b3a33", commune: "#3d2f1f", village: "#6b5d4a" };
  G.ink = INK;

  var made = {};
  /** A repeating canvas pattern: left, right, cross, dots. */
  G.pattern = function (context, kind, colour, ratio) {
    var key = kind + colour + ratio;
    if (made[key]) { return made[key]; }
    var size = 8 * ratio, tile = document.createElement("canvas"), c = tile.getContext("2d");
    tile.width = tile.height = size;
    c.strokeStyle = c.fillStyle = colour;
    c.lineWidth = 1.5 * ratio;
    if (kind === "dots") {
      c.beginPath(); c.arc(size / 2, size / 2, 1.5 * ratio, 0, 7); c.fill();
    } else {
      c.beginPath();
      if (kind !== "left") { c.moveTo(0, size); c.lineTo(size, 0); c.moveTo(-2, 2); c.lineTo(2, -2); c.moveTo(size - 2, size + 2); c.lineTo(size + 2, size - 2); }
      if (kind !== "right") { c.moveTo(0, 0); c.lineTo(size, size); c.moveTo(-2, size - 2); c.lineTo(2, size + 2); c.moveTo(size - 2, -2); c.lineTo(size + 2, 2); }
      c.stroke();
    }
    made[key] = context.createPattern(tile, "repeat");
    if (window.DOMMatrix && made[key].setTransform) { made[key].setTransform(new DOMMatrix().scale(1 / ratio)); }
    return made[key];
  };
  /** A sample for the legend, as SVG. */
  G.swatch = function (colour, kind, dashed, hatch) {
    var marks = [];
    if (kind === "left" || kind === "cross") { marks.push("M2 2L20 16M-4 8L10 19M10 -2L26 12"); }
    if (kind === "right" || kind === "cross" || hatch) { marks.push("M2 16L20 2M-2 10L10 0M12 18L26 8"); }
    if (kind === "dots") { marks.push("M6 6h.1M16 6h.1M11 12h.1"); }
    var line = kind !== undefined;
    return G.svg("svg", { class: "swatch", viewBox: "0 0 22 18", width: 22, height: 18, "aria-hidden": "true" }, [
      G.svg("rect", {
        x: 1, y: 1, width: 20, height: 16, rx: 3, fill: colour, "fill-opacity": line ? 0.14 : 1,
        stroke: line ? colour : "#00000026", "stroke-width": line ? 2 : 1, "stroke-dasharray": dashed ? "4 3" : null
      })
    ].concat(marks.map(function (d) {
      return G.svg("path", { d: d, fill: "none", stroke: line ? colour : "#77736a", "stroke-width": kind === "dots" ? 3 : 1.5, "stroke-linecap": "round" });
    })));
  };
})(geoplan);
