"use strict";
/* Tapping points on the map: a line or a ring, for measuring and for marking zones. Fingers, mouse and keys. */
(function (G) {
  var el = G.el, t = G.t, painter, bar, live, pen = null;

  /** What is being drawn: {mode, points, cursor}, or null. */
  G.pen = function () { return pen; };
  function ring() { return pen.cursor && !G.narrow() ? pen.points.concat([pen.cursor]) : pen.points; }
  function reading() {
    if (pen.mode === "distance") { var m = G.length(ring()); return m >= 1000 ? G.number(m / 1000, 2) + " km" : G.number(m, 1) + " m"; }
    return ring().length > 2 ? G.ha(G.hectares(ring())) : G.ha(0);
  }
  function update() {
    if (!pen) { return; }
    var crossed = pen.mode !== "distance" && ring().length > 3 && G.crosses(ring());
    G.clear(live).appendChild(document.createTextNode(reading()));
    bar.classList.toggle("wrong", crossed);
    bar.querySelector(".hint").textContent = crossed ? t("sketch.crossing") : t(pen.points.length ? "sketch.more" : "sketch.start");
    bar.querySelector(".undo").disabled = !pen.points.length;
    bar.querySelector(".finish").disabled = pen.points.length < (pen.mode === "distance" ? 2 : 3);
    G.redrawSketch();
  }
  function add(lon, lat) { pen.points.push([lon, lat]); update(); }
  function undo() { if (pen && pen.points.length) { pen.points.pop(); update(); } }

  /** Begin: distance, area or zone. `done(points)` comes at the end. */
  G.beginSketch = function (mode, done) {
    G.cancelSketch();
    G.map.closePopup();
    pen = { mode: mode, points: [], cursor: null, done: done };
    if (G.narrow()) { document.getElementById("panel").classList.remove("open"); }
    document.body.classList.add("sketching");
    bar.hidden = false;
    bar.querySelector(".what").textContent = t("sketch." + mode);
    G.map.doubleClickZoom.disable();
    update();
    G.map.getContainer().focus({ preventScroll: true });
  };
  G.cancelSketch = function () {
    pen = null;
    bar.hidden = true;
    document.body.classList.remove("sketching");
    G.map.doubleClickZoom.enable();
    G.redrawSketch();
  };
  /** Finish, unless the ring crosses itself. */
  G.finishSketch = function () {
    if (!pen || pen.points.length < (pen.mode === "distance" ? 2 : 3)) { return; }
    if (pen.mode !== "distance" && (G.crosses(pen.points) || G.hectares(pen.points) === 0)) { G.tell(t("sketch.refused"), true); return; }
    var points = pen.points, done = pen.done, mode = pen.mode;
    pen.cursor = null;
    var text = reading();
    G.cancelSketch();
    G.measured = mode === "zone" ? null : { mode: mode, points: points, text: text };
    G.redrawSketch();
    if (mode !== "zone") { G.tell(t(mode === "area" ? "sketch.area_is" : "sketch.distance_is", { value: text })); }
    if (done) { done(points); }
  };
  G.redrawSketch = function () { if (painter) { painter.redraw(); } };

  function way(view, points, closed) {
    var c = view.context;
    c.beginPath();
    points.forEach(function (p, i) {
      var w = G.world(p[0], p[1]), x = w[0] * view.scale - view.x0, y = w[1] * view.scale - view.y0;
      if (i) { c.lineTo(x, y); } else { c.moveTo(x, y); }
    });
    if (closed) { c.closePath(); }
  }
  function strokeTwice(c, colour, dash) {
    c.strokeStyle = "rgba(255,253,247,.95)"; c.lineWidth = 5; c.stroke();
    c.setLineDash(dash || []); c.strokeStyle = colour; c.lineWidth = 2.4; c.stroke(); c.setLineDash([]);
  }
  function paint(view) {
    var c = view.context;
    c.lineJoin = "round";
    if (G.highlight) {
      c.beginPath();
      if (G.highlight.point) { c.arc(G.highlight.rings[0][0] * view.scale - view.x0, G.highlight.rings[0][1] * view.scale - view.y0, 13, 0, 7); } else { G.trace(view, G.highlight); }
      c.strokeStyle = "#fffdf7"; c.lineWidth = 6; c.stroke(); c.strokeStyle = "#16201b"; c.lineWidth = 2.6; c.stroke();
    }
    var write = G.labels(view);
    (G.marks || []).forEach(function (m) {
      way(view, m.ring, true); c.globalAlpha = 0.2; c.fillStyle = G.ink.drawn; c.fill(); c.globalAlpha = 1; strokeTwice(c, G.ink.drawn, [7, 5]);
      write(G.drawn(m.ring), [m.name || t("marking.unnamed"), G.ha(m.ha)], { size: 12, bold: true });
    });
    var shape = pen || G.measured;
    if (!shape) { return; }
    var points = pen ? ring() : shape.points, closed = shape.mode !== "distance" && points.length > 2;
    way(view, points, closed);
    if (closed) { c.globalAlpha = 0.18; c.fillStyle = G.ink.drawn; c.fill(); c.globalAlpha = 1; }
    strokeTwice(c, G.ink.drawn);
    (pen ? pen.points : points).forEach(function (p, i) {
      var w = G.world(p[0], p[1]);
      c.beginPath(); c.arc(w[0] * view.scale - view.x0, w[1] * view.scale - view.y0, i ? 4.5 : 6, 0, 7);
      c.fillStyle = i ? "#fffdf7" : G.ink.drawn; c.fill(); c.strokeStyle = G.ink.drawn; c.lineWidth = 2; c.stroke();
    });
    if (!pen && shape.text) { write(G.drawn(points), [shape.text], { size: 13, bold: true }); }
  }

  function click(event) {
    var place = event.latlng;
    if (!pen) { G.measured = null; G.openAt(place.lng, place.lat); return; }
    var first = pen.points[0], far = first ? G.map.latLngToContainerPoint([first[1], first[0]]).distanceTo(event.containerPoint) : 99;
    if (pen.points.length > 2 && far < 14 && pen.mode !== "distance") { G.finishSketch(); return; }
    add(place.lng, place.lat);
  }
  function key(event) {
    if (!pen && event.key === "Enter" && event.target === G.map.getContainer()) { var c = G.map.getCenter(); G.openAt(c.lng, c.lat); }
    if (!pen || /^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(event.target.tagName)) { return; }
    if (event.key === "Escape") { G.cancelSketch(); }
    else if (event.key === "Backspace") { event.preventDefault(); undo(); }
    else if (event.key === "Enter") { G.finishSketch(); }
    else if (event.key === " ") { event.preventDefault(); centre(); }
  }
  function centre() { var c = G.map.getCenter(); add(c.lng, c.lat); }
  /** Build the bar under the map and listen. */
  G.buildSketch = function () {
    live = el("output", { class: "live", "aria-live": "off" });
    bar = el("div", { class: "sketch", id: "sketch", role: "group", "aria-label": t("sketch.group"), hidden: true }, [
      el("div", { class: "reading" }, [el("span", { class: "what" }), live, el("span", { class: "hint" })]),
      el("div", { class: "keys" }, [
        G.button(t("sketch.centre"), centre, { class: "centre" }), G.button(t("sketch.undo"), undo, { class: "undo" }),
        G.button(t("sketch.cancel"), G.cancelSketch, { class: "cancel" }), G.button(t("sketch.finish"), G.finishSketch, { class: "finish" })
      ])
    ]);
    document.getElementById("stage").appendChild(bar);
    painter = new G.Painter(paint, { padding: 0.1, pane: "sketch" });
    painter.addTo(G.map);
    G.map.on("click", click);
    G.map.on("popupclose", function () { G.highlight = null; G.redrawSketch(); });
    G.map.on("mousemove", function (event) { if (pen) { pen.cursor = [event.latlng.lng, event.latlng.lat]; update(); } });
    document.addEventListener("keydown", key);
  };
})(geoplan);
