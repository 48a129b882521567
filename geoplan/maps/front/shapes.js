"use strict";
/* Geometry: unpack, hit, measure on the ellipsoid, overlap, self-crossing, VN-2000. World units are those of zoom 0. */
(function (G) {
  var A = 6378137, F = 1 / 298.257223563, E2 = F * (2 - F), E = Math.sqrt(E2), RAD = Math.PI / 180;

  G.world = function (lon, lat) {
    var s = Math.sin(lat * RAD);
    return [256 * (lon + 180) / 360, 256 * (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI))];
  };
  G.lonlat = function (x, y) {
    return [x / 256 * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - 2 * y / 256))) / RAD];
  };

  function ringWorld(steps, origin, grid) {
    var out = new Float64Array(steps.length), x = 0, y = 0;
    for (var i = 0; i < steps.length; i += 2) {
      x += steps[i]; y += steps[i + 1];
      var p = G.world(origin[0] + x * grid, origin[1] + y * grid);
      out[i] = p[0]; out[i + 1] = p[1];
    }
    return out;
  }
  function boxOf(rings) {
    var box = [Infinity, Infinity, -Infinity, -Infinity];
    rings.forEach(function (r) {
      for (var i = 0; i < r.length; i += 2) {
        if (r[i] < box[0]) { box[0] = r[i]; }
        if (r[i] > box[2]) { box[2] = r[i]; }
        if (r[i + 1] < box[1]) { box[1] = r[i + 1]; }
        if (r[i + 1] > box[3]) { box[3] = r[i + 1]; }
      }
    });
    return box;
  }
  /* Rings by polygon: each shell with the holes that follow it, which turn the other way. */
  function partsOf(rings) {
    if (rings.length < 2) { return [rings]; }
    var turn = flatArea([rings[0]]) > 0, parts = [];
    rings.forEach(function (r) {
      if ((flatArea([r]) > 0) === turn) { parts.push([r]); } else { parts[parts.length - 1].push(r); }
    });
    return parts;
  }
  /** Features of a packed layer: rings and box in world units. */
  G.unpack = function (name, layer) {
    var out = [];
    for (var row = 0; row < layer.n; row++) {
      var rings = layer.points ? [ringWorld(layer.points[row], G.data.origin, layer.grid)]
        : layer.rings[row].map(function (r) { return ringWorld(r, G.data.origin, layer.grid); });
      out.push({ layer: name, row: row, rings: rings, parts: partsOf(rings), point: Boolean(layer.points), box: boxOf(rings) });
    }
    return out;
  };

  /** True if a world point lies inside (even-odd over all rings). */
  G.inside = function (feature, x, y) {
    var b = feature.box, odd = false;
    if (x < b[0] || x > b[2] || y < b[1] || y > b[3]) { return false; }
    feature.rings.forEach(function (r) {
      for (var i = 0, j = r.length - 2; i < r.length; j = i, i += 2) {
        if ((r[i + 1] > y) !== (r[j + 1] > y) && x < (r[j] - r[i]) * (y - r[i + 1]) / (r[j + 1] - r[i + 1]) + r[i]) { odd = !odd; }
      }
    });
    return odd;
  };
  /** A point that lies inside, for labels: middle of the longest run on a few level lines of the largest ring. */
  G.anchor = function (feature) {
    if (feature.anchor) { return feature.anchor; }
    if (feature.point) { return (feature.anchor = [feature.rings[0][0], feature.rings[0][1]]); }
    var b = feature.box, best = [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2, -1];
    [0.5, 0.4, 0.6, 0.3, 0.7].forEach(function (share) {
      var y = b[1] + (b[3] - b[1]) * share, runs = crossings(feature.rings, y);
      for (var k = 0; k + 1 < runs.length; k += 2) {
        var wide = (runs[k + 1] - runs[k]) * (1 - Math.abs(share - 0.5));
        if (wide > best[2]) { best = [(runs[k] + runs[k + 1]) / 2, y, wide]; }
      }
    });
    feature.anchor = [best[0], best[1]];
    feature.room = best[2];
    return feature.anchor;
  };

  function crossings(rings, y) {
    var xs = [];
    rings.forEach(function (r) {
      for (var i = 0, j = r.length - 2; i < r.length; j = i, i += 2) {
        if ((r[i + 1] > y) !== (r[j + 1] > y)) { xs.push((r[j] - r[i]) * (y - r[i + 1]) / (r[j + 1] - r[i + 1]) + r[i]); }
      }
    });
    return xs.sort(function (a, b) { return a - b; });
  }
  function flatArea(rings) {
    return rings.reduce(function (sum, r) {
      for (var i = 0, j = r.length - 2; i < r.length; j = i, i += 2) { sum += r[j] * r[i + 1] - r[i] * r[j + 1]; }
      return sum;
    }, 0) / 2;
  }

  /* Authalic latitude: sin of it times half the ellipsoid's area is the area below. */
  function q(s) { return (1 - E2) * (s / (1 - E2 * s * s) - Math.log((1 - E * s) / (1 + E * s)) / (2 * E)); }
  /** Hectares of a ring [[lon, lat], ...] on the ellipsoid WGS 84. */
  G.hectares = function (ring) {
    var sum = 0;
    for (var i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      var here = q(Math.sin(ring[i][1] * RAD)), there = q(Math.sin(ring[j][1] * RAD));
      var middle = q(Math.sin((ring[i][1] + ring[j][1]) / 2 * RAD));
      sum += (ring[i][0] - ring[j][0]) * RAD * (here + 4 * middle + there) / 6;
    }
    return Math.abs(sum) * A * A / 2 / 1e4;
  };
  /** Metres between [lon, lat] and [lon, lat] on the ellipsoid, right to a millionth up to 50 km. */
  G.metres = function (p, r) {
    var middle = (p[1] + r[1]) / 2 * RAD, w = 1 - E2 * Math.pow(Math.sin(middle), 2);
    var north = A * (1 - E2) / Math.pow(w, 1.5) * (r[1] - p[1]) * RAD;
    var east = A / Math.sqrt(w) * Math.cos(middle) * (r[0] - p[0]) * RAD;
    return Math.sqrt(north * north + east * east);
  };
  G.length = function (line) {
    var sum = 0;
    for (var i = 1; i < line.length; i++) { sum += G.metres(line[i - 1], line[i]); }
    return sum;
  };

  /** A drawn ring as a feature. */
  G.drawn = function (ring) {
    var flat = new Float64Array(ring.length * 2);
    ring.forEach(function (p, i) { var w = G.world(p[0], p[1]); flat[2 * i] = w[0]; flat[2 * i + 1] = w[1]; });
    return { layer: "drawn", row: -1, rings: [flat], parts: [[flat]], box: boxOf([flat]), point: false };
  };
  function orient(a, b, c) { return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]); }
  function meet(a, b, c, d) {
    var o = [orient(a, b, c), orient(a, b, d), orient(c, d, a), orient(c, d, b)];
    return (o[0] > 0) !== (o[1] > 0) && (o[2] > 0) !== (o[3] > 0) && o.every(function (v) { return v !== 0; });
  }
  /** True if two sides of the ring cross. */
  G.crosses = function (ring) {
    var n = ring.length;
    for (var i = 0; i < n; i++) {
      for (var k = i + 2; k < n; k++) {
        if (i === 0 && k === n - 1) { continue; }
        if (meet(ring[i], ring[i + 1], ring[k], ring[(k + 1) % n])) { return true; }
      }
    }
    return false;
  };

  /** Hectares that each feature shares with a drawn one, by 480 level lines: about one part in a thousand. */
  G.overlaps = function (drawn, ring, features) {
    var b = drawn.box, lines = 480, step = (b[3] - b[1]) / lines, scale = G.hectares(ring) / Math.abs(flatArea(drawn.rings));
    var near = features.filter(function (f) {
      return !f.point && f.box[0] < b[2] && f.box[2] > b[0] && f.box[1] < b[3] && f.box[3] > b[1];
    });
    var sums = near.map(function () { return 0; });
    for (var k = 0; k < lines; k++) {
      var y = b[1] + (k + 0.5) * step, own = crossings(drawn.rings, y);
      near.forEach(function (f, at) {
        if (y > f.box[1] && y < f.box[3]) { sums[at] += shared(own, crossings(f.rings, y)); }
      });
    }
    return near.map(function (f, at) { return { feature: f, ha: sums[at] * step * scale }; })
      .filter(function (o) { return o.ha > 0.0005; });
  };
  function shared(a, b) {
    var sum = 0;
    for (var i = 0; i + 1 < a.length; i += 2) {
      for (var k = 0; k + 1 < b.length; k += 2) {
        sum += Math.max(0, Math.min(a[i + 1], b[k + 1]) - Math.max(a[i], b[k]));
      }
    }
    return sum;
  }

  /** Easting and northing in the project's CRS, or null where the page can only show degrees. */
  G.projected = function (lon, lat) {
    return G.data.crs.proj4 ? proj4("+proj=longlat +ellps=WGS84 +towgs84=0,0,0 +no_defs", G.data.crs.proj4, [lon, lat]) : null;
  };
})(geoplan);
