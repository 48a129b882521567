"use strict";
/* One canvas that draws everything itself: five thousand lots are a few passes over numbers, not five thousand objects. */
(function (G) {
  G.Painter = L.Renderer.extend({
    initialize: function (draw, options) {
      L.Renderer.prototype.initialize.call(this, options);
      this._paint = draw;
    },
    _initContainer: function () { this._container = L.DomUtil.create("canvas", "painter"); },
    /* Chromium prints the strokes of a canvas, and what was cleared as white over all that lies below: print from a new one. */
    _renew: function () {
      var canvas = L.DomUtil.create("canvas", this._container.className);
      this._container.replaceWith(canvas);
      this._container = canvas;
    },
    _destroyContainer: function () { L.DomUtil.remove(this._container); delete this._container; delete this._context; },
    _updatePaths: function () {},
    _update: function () {
      if (this._map._animatingZoom && this._bounds) { return; }
      L.Renderer.prototype._update.call(this);
      if (G.printing) { this._renew(); }
      var size = this._bounds.getSize(), canvas = this._container, ratio = G.printing ? 3 : Math.min(window.devicePixelRatio || 1, 2);
      L.DomUtil.setPosition(canvas, this._bounds.min);
      canvas.width = size.x * ratio; canvas.height = size.y * ratio;
      canvas.style.width = size.x + "px"; canvas.style.height = size.y + "px";
      this._context = canvas.getContext("2d");
      this._ratio = ratio;
      this.redraw();
    },
    /** Draw anew; the place of the map has not changed. */
    redraw: function () {
      if (!this._map || !this._bounds) { return; }
      var map = this._map, zoom = map.getZoom(), scale = Math.pow(2, zoom), zero = map.getPixelOrigin(), min = this._bounds.min;
      var size = this._bounds.getSize(), x0 = zero.x + min.x, y0 = zero.y + min.y, c = this._context, ratio = this._ratio;
      c.setTransform(1, 0, 0, 1, 0, 0);
      if (!G.printing) { c.clearRect(0, 0, this._container.width, this._container.height); }
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._paint({
        context: c, zoom: zoom, scale: scale, x0: x0, y0: y0, ratio: ratio, width: size.x, height: size.y,
        box: [x0 / scale, y0 / scale, (x0 + size.x) / scale, (y0 + size.y) / scale]
      });
    }
  });

  /** Features that the view touches. */
  G.seen = function (view, features) {
    var b = view.box;
    return features.filter(function (f) { return f.box[0] < b[2] && f.box[2] > b[0] && f.box[1] < b[3] && f.box[3] > b[1]; });
  };
  /** Add a feature's rings to the current path. */
  G.trace = function (view, feature) { rings(view, feature.rings); };
  /* Bends under half a pixel are left out. */
  function rings(view, all) {
    var c = view.context, s = view.scale, x0 = view.x0, y0 = view.y0, least = 0.5 / (G.printing ? 3 : 1);
    all.forEach(function (r) {
      var lx = r[0] * s - x0, ly = r[1] * s - y0, end = r.length - 2;
      c.moveTo(lx, ly);
      for (var i = 2; i <= end; i += 2) {
        var x = r[i] * s - x0, y = r[i + 1] * s - y0, dx = x - lx, dy = y - ly;
        if (dx > least || dx < -least || dy > least || dy < -least || i === end) { c.lineTo(x, y); lx = x; ly = y; }
      }
      c.closePath();
    });
  }
  /** Trace features a few at a time and ink each lot of paths: one path of everything takes seconds to fill. */
  G.inBatches = function (view, features, ink) {
    var count = 0;
    features.forEach(function (feature) {
      feature.parts.forEach(function (part) {
        if (count === 0) { view.context.beginPath(); }
        rings(view, part);
        count = (count + 1) % 64;
        if (count === 0) { ink(); }
      });
    });
    if (count) { ink(); }
  };
  /** A page of labels: each stands free of the others or is left out. */
  G.labels = function (view) {
    var taken = [];
    return function (feature, lines, settings) {
      var c = view.context, at = G.anchor(feature), size = settings.size || 12;
      var x = at[0] * view.scale - view.x0, y = at[1] * view.scale - view.y0 + (settings.below || 0);
      c.font = (settings.bold ? "600 " : "") + size + "px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
      var wide = Math.max.apply(null, lines.map(function (l) { return c.measureText(l).width; })), high = size * 1.2 * lines.length;
      if (settings.fit && (feature.room || 0) * view.scale < wide * 0.9) { return false; }
      var box = [x - wide / 2 - 3, y - high / 2 - 2, x + wide / 2 + 3, y + high / 2 + 2];
      if (taken.some(function (t) { return t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1]; })) { return false; }
      taken.push(box);
      c.textAlign = "center"; c.textBaseline = "middle"; c.lineJoin = "round";
      lines.forEach(function (line, i) {
        var ly = y - high / 2 + size * 1.2 * (i + 0.5);
        c.strokeStyle = "rgba(255,253,247,.9)"; c.lineWidth = 3.5; c.strokeText(line, x, ly);
        c.fillStyle = settings.colour || "#22302a"; c.fillText(line, x, ly);
      });
      return true;
    };
  };
})(geoplan);
