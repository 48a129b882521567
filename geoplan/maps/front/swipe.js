"use strict";
/* Before and after: two photos and a handle between them, moved by mouse, finger and keys. Paper shows the right one. */
(function (G) {
  var el = G.el, t = G.t, handle = null, pictures = [], share = null, STEP = 0.02, EDGE_PX = 28;

  /* Never under the legend nor off the map: the handle can always be taken again. */
  function place() {
    var room = G.room(), wide = G.map.getSize().x, legend = room.right > EDGE_PX ? room.right - 12 : EDGE_PX;
    return Math.max(EDGE_PX, Math.min(wide - legend, share === null ? (room.left + wide - room.right) / 2 : share * wide));
  }
  /* Cut the left photo at the handle, in the pixels that move with the map. */
  function cut() {
    if (!pictures.length) { return; }
    var size = G.map.getSize(), x = place(), pane = G.map.getPane("before");
    var a = G.map.containerPointToLayerPoint([-2, -2]), b = G.map.containerPointToLayerPoint([x, size.y + 2]);
    pane.style.clipPath = "polygon(" + [[a.x, a.y], [b.x, a.y], [b.x, b.y], [a.x, b.y]].map(function (p) { return p[0] + "px " + p[1] + "px"; }).join(", ") + ")";
    handle.style.left = x + "px";
    var n = Math.round(100 * x / size.x);
    handle.firstChild.setAttribute("aria-valuenow", n);
    handle.firstChild.setAttribute("aria-valuetext", t("swipe.at", { n: n }));
  }
  function move(to) { share = Math.max(0, Math.min(1, to)); cut(); share = now(); }
  function now() { return place() / G.map.getSize().x; }
  function key(event) {
    var step = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -5 * STEP, PageUp: 5 * STEP }[event.key];
    if (step) { move(now() + step * (event.shiftKey ? 5 : 1)); }
    else if (event.key === "Home") { move(0); }
    else if (event.key === "End") { move(1); }
    else { return; }
    event.preventDefault();
    event.stopPropagation();
  }
  function build() {
    var grip = el("button", {
      type: "button", class: "grip", role: "slider", "aria-label": t("swipe.handle"), "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 50,
      on: { keydown: key }
    }, [G.svg("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, [
      G.svg("path", { d: "M9 6l-6 6l6 6M15 6l6 6l-6 6", fill: "none", stroke: "currentColor", "stroke-width": 2.2, "stroke-linecap": "round", "stroke-linejoin": "round" })
    ])]);
    var node = el("div", { class: "swipe", id: "swipe" }, [
      grip, el("p", { class: "side left" }, [el("b", { text: t("swipe.before") }), el("span", { text: G.data.swipe[0].label })]),
      el("p", { class: "side right" }, [el("b", { text: t("swipe.after") }), el("span", { text: G.data.swipe[1].label })])
    ]);
    document.getElementById("legend").addEventListener("toggle", cut);
    grip.addEventListener("pointerdown", function (event) {
      grip.setPointerCapture(event.pointerId);
      grip.focus({ preventScroll: true });
      event.preventDefault();
    });
    grip.addEventListener("pointermove", function (event) {
      if (!grip.hasPointerCapture(event.pointerId)) { return; }
      var box = document.getElementById("stage").getBoundingClientRect();
      move((event.clientX - box.left) / box.width);
    });
    return node;
  }
  /** True where the page has two photos. */
  G.hasSwipe = function () { return G.data.swipe.length === 2; };
  /** Put both photos and the handle on the map, or take them away. */
  G.setSwipe = function (on) {
    var there = pictures.length > 0;
    if (on === there) { return; }
    document.body.classList.toggle("swiping", on);
    if (!on) {
      pictures.forEach(function (p) { p.remove(); });
      pictures = [];
      G.map.off("move zoomend resize viewreset", cut);
      handle.remove();
      return;
    }
    ["before", "after"].forEach(function (pane, i) {
      if (!G.map.getPane(pane)) { G.map.createPane(pane).style.zIndex = 401 - i; G.map.getPane(pane).style.pointerEvents = "none"; }
      var photo = G.data.swipe[i];
      pictures.push(L.imageOverlay(photo.src, photo.bounds, { alt: photo.label, className: "beneath photo", pane: pane }).addTo(G.map));
    });
    handle = handle || build();
    document.getElementById("stage").appendChild(handle);
    G.map.on("move zoomend resize viewreset", cut);
    cut();
  };
  /** What the legend says of the photos. */
  G.swipeLegend = function () {
    return el("div", { class: "photos" }, [
      el("h2", { text: t("overlay.swipe") }),
      el("dl", { class: "facts" }, ["before", "after"].reduce(function (out, side, i) {
        return out.concat([el("dt", { class: side, text: t("swipe." + side) }), el("dd", { class: side, text: G.data.swipe[i].label })]);
      }, [])),
      el("p", { class: "quiet", text: t("swipe.colours") })
    ]);
  };
})(geoplan);
