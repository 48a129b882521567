"use strict";
/* A map of one layer on a plain canvas: the communes beneath, every feature, those of one problem in colour. */
(function (G) {
  var INK = { error: "#9c1c3b", mended: "#1f5f99", warning: "#b35f00", plain: "#5f6a62", fill: "#d9e2d3", ground: "#fbf9f3", border: "#3d2f1f" };
  G.inks = INK;

  /** Paths of packed shapes in the map's own numbers, with their boxes. */
  function unpack(packed) {
    var found = {};
    if (!packed) { return found; }
    Object.keys(packed.of).forEach(function (row) {
      var path = new Path2D(), box = [Infinity, Infinity, -Infinity, -Infinity], dots = [], flat = true;
      packed.of[row].forEach(function (line) {
        var x = 0, y = 0, kind = line[0];
        for (var i = 1; i < line.length; i += 2) {
          x += line[i]; y += line[i + 1];
          var px = packed.at[0] + x * packed.step, py = packed.at[1] + y * packed.step;
          box[0] = Math.min(box[0], px); box[1] = Math.min(box[1], py); box[2] = Math.max(box[2], px); box[3] = Math.max(box[3], py);
          if (kind === 0) { dots.push([px, py]); } else if (i === 1) { path.moveTo(px, py); } else { path.lineTo(px, py); }
        }
        if (kind === 2) { path.closePath(); flat = false; }
      });
      found[row] = { path: path, box: box, dots: dots, area: !flat };
    });
    return found;
  }
  function join(boxes) {
    return boxes.reduce(function (a, b) {
      return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
    }, [Infinity, Infinity, -Infinity, -Infinity]);
  }
  function boxes(shapes) { return Object.keys(shapes).map(function (row) { return shapes[row].box; }); }

  G.Map = function (stage, on) {
    var canvas = G.el("canvas", { tabindex: 0, role: "img", "aria-label": G.t("map_label") });
    var pen = canvas.getContext("2d"), ratio = 1, wide = 1, high = 1;
    var view = { x: 0, y: 0, scale: 1 }, ground = unpack(G.data.ground), sheet = null, shapes = {}, after = {}, mode = "before";
    var chosen = {}, kind = "error", label = null, waiting = false;
    stage.appendChild(canvas);

    function shape(row) { return mode === "after" && (row in after || sheet.dropped[row]) ? after[row] : shapes[row]; }
    function across(x) { return (x - view.x) * view.scale + wide / 2; }
    function down(y) { return high / 2 - (y - view.y) * view.scale; }

    function draw() {
      waiting = false;
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.fillStyle = "#eeeade"; pen.fillRect(0, 0, wide, high);
      pen.setTransform(ratio * view.scale, 0, 0, -ratio * view.scale, ratio * (wide / 2 - view.x * view.scale), ratio * (high / 2 + view.y * view.scale));
      pen.lineJoin = "round";
      var px = 1 / view.scale;
      if (sheet && sheet.placed) {
        each(ground, function (one) { fill(one, INK.ground, 1); stroke(one, INK.border, 1.6 * px, [6 * px, 4 * px]); });
      }
      var any = Object.keys(chosen).length > 0;
      rows(function (row, one) {
        if (chosen[row]) { return; }
        var tone = any ? null : sheet.worst[row];
        fill(one, INK.fill, .8); if (tone) { fill(one, INK[tone], .2); }
        stroke(one, tone ? INK[tone] : INK.plain, (tone ? 1.6 : .8) * px); dot(one, tone ? INK[tone] : INK.plain, (tone ? 4 : 2.5) * px);
      });
      rows(function (row, one) {
        if (!chosen[row]) { return; }
        fill(one, INK[kind], .28); stroke(one, INK[kind], (any ? 2.4 : 1) * px); dot(one, INK[kind], 5 * px);
        halo(one, px);
      });
      name(); scale();
    }
    function each(all, action) { Object.keys(all).forEach(function (row) { action(all[row]); }); }
    function rows(action) {
      if (!sheet) { return; }
      Object.keys(shapes).forEach(function (row) { var one = shape(row); if (one) { action(row, one); } });
      if (mode === "after") { Object.keys(after).forEach(function (row) { if (!shapes[row]) { action(row, after[row]); } }); }
    }
    function fill(one, colour, share) { if (one.area) { pen.globalAlpha = share; pen.fillStyle = colour; pen.fill(one.path, "evenodd"); pen.globalAlpha = 1; } }
    function stroke(one, colour, width, dashes) { pen.strokeStyle = colour; pen.lineWidth = width; pen.setLineDash(dashes || []); pen.stroke(one.path); pen.setLineDash([]); }
    function dot(one, colour, size) {
      pen.fillStyle = colour;
      one.dots.forEach(function (d) { pen.beginPath(); pen.arc(d[0], d[1], size, 0, 7); pen.fill(); });
    }
    /* A ring around what is too small to be seen. */
    function halo(one, px) {
      var b = one.box;
      if (Math.max(b[2] - b[0], b[3] - b[1]) > 16 * px) { return; }
      pen.strokeStyle = INK[kind]; pen.lineWidth = 1.6 * px;
      pen.beginPath(); pen.arc((b[0] + b[2]) / 2, (b[1] + b[3]) / 2, 12 * px, 0, 7); pen.stroke();
    }
    function name() {
      if (label === null || !shape(label)) { return; }
      var b = shape(label).box, x = across((b[0] + b[2]) / 2), y = Math.max(22, down(b[3]) - 12), text = sheet.names[label];
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.font = "600 13px system-ui, sans-serif"; pen.textAlign = "center";
      pen.lineWidth = 4; pen.strokeStyle = "rgba(255,254,250,.95)"; pen.strokeText(text, x, y);
      pen.fillStyle = "#22302a"; pen.fillText(text, x, y);
    }
    function scale() {
      var text = G.t("no_scale"), length = 0;
      if (sheet && sheet.placed) {
        var most = 110 / view.scale, power = Math.pow(10, Math.floor(Math.log10(most))), metres = [5, 2, 1].map(function (n) { return n * power; }).filter(function (m) { return m <= most; })[0];
        length = metres * view.scale;
        text = metres >= 1000 ? G.number(metres / 1000, 0) + " km" : G.number(metres, metres < 1 ? 2 : 0) + " m";
      }
      on.scale(text, length);
    }
    function later() { if (!waiting) { waiting = true; requestAnimationFrame(draw); } }

    function fit(box, margin) {
      if (!isFinite(box[0])) { return; }
      view.x = (box[0] + box[2]) / 2; view.y = (box[1] + box[3]) / 2;
      var least = sheet && sheet.placed ? 40 : 1e-6;
      view.scale = Math.min(wide / (Math.max(box[2] - box[0], least) * margin), high / (Math.max(box[3] - box[1], least) * margin));
      later();
    }
    function whole() { fit(join(boxes(shapes).concat(boxes(after), sheet && sheet.placed ? boxes(ground) : [])), 1.12); }
    function zoom(by, x, y) {
      var here = [(x - wide / 2) / view.scale + view.x, (high / 2 - y) / view.scale + view.y];
      view.scale *= by;
      view.x = here[0] - (x - wide / 2) / view.scale; view.y = here[1] - (high / 2 - y) / view.scale;
      later();
    }
    function size() {
      var box = stage.getBoundingClientRect();
      ratio = window.devicePixelRatio || 1; wide = Math.max(1, box.width); high = Math.max(1, box.height);
      canvas.width = Math.round(wide * ratio); canvas.height = Math.round(high * ratio);
      later();
    }

    /** The feature under a point of the canvas; the smallest of several. */
    function under(x, y) {
      var best = null, least = Infinity;
      pen.setTransform(view.scale, 0, 0, -view.scale, wide / 2 - view.x * view.scale, high / 2 + view.y * view.scale);
      rows(function (row, one) {
        var b = one.box, spread = (b[2] - b[0]) * (b[3] - b[1]), near = 10 / view.scale;
        if (x < across(b[0]) - 10 || x > across(b[2]) + 10 || y < down(b[3]) - 10 || y > down(b[1]) + 10) { return; }
        var hit = one.area && pen.isPointInPath(one.path, x, y, "evenodd");
        if (!hit && !one.area) { pen.lineWidth = 2 * near; hit = pen.isPointInStroke(one.path, x, y); }
        hit = hit || one.dots.some(function (d) { return Math.hypot(across(d[0]) - x, down(d[1]) - y) < 12; });
        if (hit && spread < least) { best = row; least = spread; }
      });
      return best;
    }

    var fingers = {}, moved = 0;
    function spread() {
      var p = Object.keys(fingers).map(function (id) { return fingers[id]; });
      return p.length < 2 ? null : { d: Math.hypot(p[0].x - p[1].x, p[0].y - p[1].y), x: (p[0].x + p[1].x) / 2, y: (p[0].y + p[1].y) / 2 };
    }
    canvas.addEventListener("pointerdown", function (e) { canvas.setPointerCapture(e.pointerId); fingers[e.pointerId] = { x: e.offsetX, y: e.offsetY }; moved = 0; });
    canvas.addEventListener("pointermove", function (e) {
      var before = fingers[e.pointerId], pinch = spread();
      if (!before) { return; }
      var now = { x: e.offsetX, y: e.offsetY };
      fingers[e.pointerId] = now; moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
      if (pinch) { var next = spread(); if (pinch.d > 0) { zoom(next.d / pinch.d, next.x, next.y); } return; }
      view.x -= (now.x - before.x) / view.scale; view.y += (now.y - before.y) / view.scale;
      later();
    });
    function lift(e) { delete fingers[e.pointerId]; }
    canvas.addEventListener("pointerup", function (e) { lift(e); if (moved < 6) { on.pick(under(e.offsetX, e.offsetY)); } });
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("wheel", function (e) { e.preventDefault(); zoom(Math.pow(1.0016, -e.deltaY), e.offsetX, e.offsetY); }, { passive: false });
    canvas.addEventListener("keydown", function (e) {
      var step = 60 / view.scale, keys = {
        ArrowLeft: function () { view.x -= step; }, ArrowRight: function () { view.x += step; }, ArrowUp: function () { view.y += step; }, ArrowDown: function () { view.y -= step; },
        "+": function () { zoom(1.5, wide / 2, high / 2); }, "=": function () { zoom(1.5, wide / 2, high / 2); }, "-": function () { zoom(1 / 1.5, wide / 2, high / 2); }, "0": whole
      };
      if (keys[e.key]) { e.preventDefault(); keys[e.key](); later(); }
    });
    new ResizeObserver(size).observe(stage);
    size();

    return {
      show: function (next) {
        sheet = next; shapes = unpack(next.shapes); after = unpack(next.after); chosen = {}; label = null; mode = "before";
        whole();
      },
      mark: function (list, of, far) {
        chosen = {}; kind = of; label = list.length === 1 ? list[0] : null;
        list.forEach(function (row) { chosen[row] = true; });
        var places = list.map(function (row) { return shape(row) || shapes[row] || after[row]; }).filter(Boolean).map(function (one) { return one.box; });
        if (far && places.length) { fit(join(places), list.length === 1 ? 2.6 : 1.5); } else { later(); }
        return places.length;
      },
      mode: function (next) { mode = next; later(); },
      zoom: function (by) { zoom(by, wide / 2, high / 2); },
      whole: whole
    };
  };
})(geoplan);
