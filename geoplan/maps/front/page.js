"use strict";
/* Put the page together on Folium's map. */
(function (G) {
  var el = G.el, t = G.t, painters = [], picture = null, seenWhole = null;

  var waiting = false;
  /** Draw anew before the next frame, once however often it is asked for. */
  G.redraw = function () {
    if (waiting) { return; }
    waiting = true;
    requestAnimationFrame(function () { waiting = false; painters.forEach(function (p) { p.redraw(); }); });
  };
  G.setOverlay = function (name) {
    if (picture) { picture.remove(); picture = null; }
    var chosen = G.data.overlays.filter(function (o) { return o.name === name; })[0], swipe = name === "swipe" && G.hasSwipe();
    G.state.overlay = chosen || swipe ? name : null;
    G.state.opacity = swipe || (chosen && chosen.classes.length) ? 0 : 0.85; /* never colour over colour: outlines only */
    G.setSwipe(swipe);
    var slider = document.getElementById("opacity");
    if (slider) { slider.value = Math.round(G.state.opacity * 100); }
    if (chosen) { picture = L.imageOverlay(chosen.src, chosen.bounds, { alt: chosen.label, className: "beneath", pane: chosen.classes.length ? "overlayPane" : "shade" }).addTo(G.map); }
    G.drawLegend();
    G.redraw();
  };
  function whole() {
    var b = G.data.bounds;
    var room = G.room();
    G.map.fitBounds([[b[1], b[0]], [b[3], b[2]]], { paddingTopLeft: [room.left, 20], paddingBottomRight: [room.right, G.printing ? 20 : 56], animate: false });
    seenWhole = [G.map.getCenter(), G.map.getZoom()];
  }

  /** Pixels that tools and legend take from the map's sides. */
  G.room = function () {
    var legend = document.getElementById("legend"), wide = G.map.getSize().x;
    if (G.printing) { return { left: 12, right: 12 }; }
    return { left: G.narrow() ? 60 : 72, right: legend && legend.open && wide > 720 ? legend.offsetWidth + 28 : 14 };
  };
  function icon(path) {
    return G.svg("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, [G.svg("path", { d: path, fill: "none", stroke: "currentColor", "stroke-width": 1.9, "stroke-linecap": "round", "stroke-linejoin": "round" })]);
  }
  function tool(text, path, action) { return el("button", { type: "button", title: text, "aria-label": text, on: { click: action } }, [icon(path)]); }
  function tools() {
    return el("div", { class: "tools", role: "group", "aria-label": t("tools") }, [
      tool(t("tool.closer"), "M12 5v14M5 12h14", function () { G.map.zoomIn(1); }),
      tool(t("tool.farther"), "M5 12h14", function () { G.map.zoomOut(1); }),
      tool(t("tool.whole"), "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5", whole),
      tool(t("tool.distance"), "M3 17L17 3l4 4L7 21zM7 13l2 2M10 10l2 2M13 7l2 2", function () { G.beginSketch("distance"); }),
      tool(t("tool.area"), "M4 7l8-4 8 6-3 11H6zM4 7v.01M12 3v.01M20 9v.01M17 20v.01M6 20v.01", function () { G.beginSketch("area"); }),
      tool(t("tool.mark"), "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4", function () { G.openTab("marking", !G.narrow()); G.beginMark(); })
    ]);
  }
  function readout() {
    var plane = el("span", { class: "plane" }), place = el("p", { class: "readout", id: "readout" }, [el("span", { class: "crs", text: G.data.crs.vn2000 ? t("coordinates.vn2000") : G.data.crs.name }), plane]);
    function show(lon, lat) { var c = G.coordinates(lon, lat); plane.textContent = c.plane || c.degrees; place.title = c.degrees; }
    G.map.on("mousemove", function (e) { if (!G.narrow()) { show(e.latlng.lng, e.latlng.lat); } });
    G.map.on("move moveend", function () { var c = G.map.getCenter(); show(c.lng, c.lat); });
    return place;
  }
  function legend() {
    return el("details", { class: "legend", id: "legend", open: !G.narrow() }, [el("summary", { text: t("legend") }), el("div", { id: "legend-body" })]);
  }

  /* Print: one layout, set by a class, so that the map has its paper size before the browser draws the page. */
  var folded = [], wasWhole = false;
  function beforePrint() {
    if (G.printing) { return; }
    var box = G.map.getBounds(), all = seenWhole && seenWhole[0].equals(G.map.getCenter()) && seenWhole[1] === G.map.getZoom();
    G.printing = true;
    document.body.classList.add("printing");
    folded = Array.prototype.filter.call(document.querySelectorAll("details:not([open])"), function (d) { d.open = true; return true; });
    G.map.closePopup();
    G.map.invalidateSize({ animate: false, pan: false });
    if (all) { whole(); } else { G.map.fitBounds(box, { animate: false }); }
    wasWhole = all;
  }
  function afterPrint() {
    if (!G.printing) { return; }
    G.printing = false;
    document.body.classList.remove("printing");
    folded.forEach(function (d) { d.open = false; });
    G.map.invalidateSize({ animate: false, pan: false });
    if (wasWhole) { whole(); }
  }
  function actions() {
    document.getElementById("actions").appendChild(G.button(t("print"), function () { beforePrint(); requestAnimationFrame(function () { window.print(); }); }, { class: "print" }));
    window.addEventListener("beforeprint", beforePrint);
    window.addEventListener("afterprint", afterPrint);
  }

  /** Called by the script that Folium makes, with its map. */
  G.start = function (map) {
    var stage = document.getElementById("stage");
    G.map = map;
    map.getContainer().setAttribute("aria-label", t("shell.map"));
    [["ground", 402], ["shade", 405], ["plan", 410], ["sketch", 450]].forEach(function (pane) {
      map.createPane(pane[0]).style.zIndex = pane[1];
      map.getPane(pane[0]).style.pointerEvents = "none";
    });
    G.unpackAll();
    stage.appendChild(el("div", { class: "cross", "aria-hidden": "true" }));
    stage.appendChild(el("div", { id: "told", class: "told", role: "status", "aria-live": "polite" }));
    stage.appendChild(tools());
    stage.appendChild(legend());
    stage.appendChild(el("div", { class: "foot" }, [readout()]));
    L.control.scale({ imperial: false, position: "bottomright", maxWidth: G.narrow() ? 70 : 140 }).addTo(map);
    whole();
    map.on("popupopen popupclose", function (event) { document.body.classList.toggle("reading-popup", event.type === "popupopen"); });
    G.buildSketch();
    G.state.overlay = G.data.overlays.length ? G.data.overlays[0].name : null;
    G.buildPanel();
    G.setOverlay(G.state.overlay);
    G.buildSearch();
    actions();
    map.invalidateSize({ animate: false, pan: false }); /* the search field made the head higher */
    whole();
    painters = [new G.Painter(G.drawGround, { padding: 0.15, pane: "ground" }), new G.Painter(G.drawPlan, { padding: 0.15, pane: "plan" })];
    painters.forEach(function (p) { p.addTo(map); });
    window.addEventListener("resize", function () { map.invalidateSize({ animate: false }); });
    document.body.classList.add("ready");
  };
})(geoplan);
