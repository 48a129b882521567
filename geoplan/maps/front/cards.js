"use strict";
/* "What is here?": one popup for everything at a place, built of text nodes. */
(function (G) {
  var el = G.el, t = G.t;

  G.chip = function (text, colour, glyph) {
    var chip = el("span", { class: "chip" }, [glyph ? el("span", { "aria-hidden": "true", class: "glyph" }, [glyph]) : null, text]);
    chip.style.setProperty("--tone", colour);
    return chip;
  };
  /** Pairs of label and value; pairs without a value are left out. */
  G.facts = function (pairs) {
    return el("dl", { class: "facts" }, pairs.reduce(function (out, pair) {
      if (pair[1] === null || pair[1] === undefined || pair[1] === "") { return out; }
      return out.concat([el("dt", { text: pair[0] }), el("dd", { text: pair[1] })]);
    }, []));
  };
  function hectares(value) { return value === null ? null : G.ha(value); }
  function some(value) { return value === null || value < 0.005 ? null : G.ha(value); }
  function label(group, value) { return value === null ? null : G.label(group, value); }

  /** "Lô 12 · khoảnh 4 · tiểu khu 245", or the identifier. */
  G.lotName = function (f) {
    var many = G.read(f, "lots_count");
    if (many) { return t("lot.many", { n: G.number(many, 0) }); }
    var parts = [["lo", "lot.lo"], ["khoanh", "lot.khoanh"], ["tk", "lot.tk"]].map(function (p) {
      var value = G.read(f, p[0]);
      return value === null || value === "" ? null : t(p[1], { value: value });
    }).filter(Boolean);
    return parts.length ? parts.join(" · ") : t("lot.id", { id: G.read(f, "lot_id") });
  };
  G.zoneName = function (f) { return String(G.read(f, "name") || G.read(f, "zone_id")); };
  G.nameOf = function (f) {
    if (f.layer === "households" || f.layer === "sites") { return G.placeName(f); }
    return f.layer === "lots" ? G.lotName(f) : f.layer === "zones" || f.layer === "drafts" ? G.zoneName(f) : String(G.read(f, "name"));
  };

  function lotCard(f) {
    var type = [G.read(f, "ldlr"), G.read(f, "sldlr")].filter(function (v) { return v !== null && v !== ""; }).join(" – ");
    var year = G.read(f, "namtr");
    return el("section", { class: "card" }, [
      el("h2", { text: G.lotName(f) }),
      el("p", { class: "chips" }, [
        G.chip(G.label("forest_class", G.read(f, "forest_class")), G.colours.forest_class[G.classOf(f, "forest_class")])
      ]),
      G.facts([
        [t("lot.type"), type], [t("legend.use"), label("use", G.read(f, "use"))],
        [t("legend.gap_role"), label("gap_role", G.read(f, "gap_role"))], [t("lot.counts_from"), G.read(f, "counts_from")],
        [t("area.stated"), hectares(G.read(f, "dtich"))], [t("area.inside"), hectares(G.read(f, "inside_ha"))], [t("area.geometry"), hectares(G.read(f, "geom_ha"))],
        [t("lot.planted_in"), year ? String(year) : null], [t("lot.place"), G.read(f, "diadanh")],
        [t("lot.owner"), G.read(f, "owner_class")], [t("lot.identifier"), G.read(f, "lot_id")]
      ]),
      G.seenLot(f)
    ]);
  }
  function change(f) {
    var from = G.read(f, "from_crop"), to = G.read(f, "to_crop") || label("group", G.read(f, "to_group"));
    return from === null && !to ? null : G.label("crop", from) + " → " + (to || G.t("unknown"));
  }
  function zoneCard(f) {
    var draft = f.layer === "drafts", verdict = G.read(f, "verdict"), status = G.read(f, "status"), reasons = G.read(f, "reasons");
    var paper = [G.read(f, "accepted_no"), G.read(f, "accepted_on")].filter(Boolean).join(", ");
    return el("section", { class: "card" }, [
      el("h2", { text: G.zoneName(f) }),
      el("p", { class: "chips" }, [
        draft ? G.chip(t("zone.draft"), G.ink.drawn) : null,
        verdict === null ? null : G.chip(G.label("verdict", verdict), G.colours.verdict[G.classOf(f, "verdict")]),
        status === null ? null : G.chip(G.label("status", status), G.colours.status[G.classOf(f, "status")]),
        G.seenChip(f)
      ]),
      G.facts([
        [t("zone.change"), change(f)], [t("area.geometry"), hectares(G.read(f, "geom_ha"))], [t("area.inside"), hectares(G.read(f, "inside_ha"))],
        [t("zone.declared"), hectares(G.read(f, "declared_ha"))], [t("zone.accepted"), status === "accepted" ? hectares(G.read(f, "accepted_ha")) : some(G.read(f, "accepted_ha"))],
        [t("zone.paper"), paper], [t("zone.land_code"), G.read(f, "land_code")],
        [t("zone.on_forest"), some(G.read(f, "forest_overlap_ha"))], [t("zone.planned_on"), G.read(f, "planned_on")], [t("zone.identifier"), G.read(f, "zone_id")]
      ]),
      reasons && reasons.length ? el("ul", { class: verdict === "lawful" ? "reasons" : "reasons warn" }, [].concat(reasons).map(function (r) { return el("li", { text: r }); })) : null,
      G.seenZone(f)
    ]);
  }
  /** Longitude, latitude and VN-2000 of a place, in words. */
  G.coordinates = function (lon, lat) {
    var xy = G.projected(lon, lat);
    var degrees = t("coordinates.degrees", { lat: G.number(lat, 6), lon: G.number(lon, 6) });
    return { plane: xy ? t("coordinates.plane", { north: G.number(xy[1], 1), east: G.number(xy[0], 1) }) : null, degrees: degrees };
  };
  function card(features, lon, lat) {
    var where = G.coordinates(lon, lat), places = features.filter(function (f) { return f.layer === "villages" || f.layer === "communes"; });
    var few = G.fewHouseholds(features);
    return el("div", { class: "here" }, few.features.filter(function (f) { return f.layer !== "villages" && f.layer !== "communes"; })
      .map(function (f) { return f.layer === "lots" ? lotCard(f) : f.layer === "households" || f.layer === "sites" ? G.placeCard(f) : zoneCard(f); })
      .concat([
        few.unsaid ? el("p", { class: "place", text: t("here.more_households", { n: few.unsaid }) }) : null,
        el("p", { class: "place", text: places.length ? places.map(G.nameOf).join(", ") : t("here.outside") }),
        further(places),
        el("p", { class: "coordinates" }, [
          where.plane ? el("span", { text: t("coordinates.named", { crs: G.data.crs.name, plane: where.plane }) }) : null, el("span", { text: t("coordinates.wgs84", { degrees: where.degrees }) })
        ])
      ]));
  }
  /** Link to the map of a commune, where there is one. */
  function further(places) {
    var codes = places.map(function (f) { return G.read(f, "unit_code"); });
    var link = G.data.links.filter(function (l) { return l[2] && codes.indexOf(l[2]) >= 0; })[0];
    return link ? el("p", { class: "further" }, [el("a", { href: link[1], text: t("links.open", { name: link[0] }) })]) : null;
  }
  /** Open the popup at a place; `first` comes on top. */
  G.openAt = function (lon, lat, first) {
    var found = G.at(lon, lat);
    if (first) { found = [first].concat(found.filter(function (f) { return f !== first; })); }
    G.highlight = found.length && found[0].layer !== "communes" && found[0].layer !== "villages" ? found[0] : null;
    var narrow = G.narrow(), room = narrow ? { left: 12, right: 12 } : G.room();
    var tall = found.some(function (f) { return G.read(f, "agreement") !== null || G.read(f, "verdict_seen") !== null; }) ? 600 : 430;
    var popup = L.popup({
      maxWidth: narrow ? 316 : 344, minWidth: 230, maxHeight: Math.min(tall, G.map.getSize().y - (narrow ? 70 : 130)),
      autoPanPaddingTopLeft: [room.left, 16], autoPanPaddingBottomRight: [room.right, 16]
    })
      .setLatLng([lat, lon]).setContent(card(found, lon, lat)).openOn(G.map);
    popup.getElement().querySelector(".leaflet-popup-content").tabIndex = 0;
    var close = popup.getElement().querySelector(".leaflet-popup-close-button");
    if (close) { close.setAttribute("aria-label", t("close")); close.setAttribute("title", t("close")); }
    G.redrawSketch();
    return popup;
  };
  /** Go to a feature and open it. */
  G.show = function (f) {
    var a = G.anchor(f), place = G.lonlat(a[0], a[1]);
    if (f.point) { G.map.setView([place[1], place[0]], Math.max(G.map.getZoom(), 14), { animate: false }); }
    else { G.map.fitBounds(G.boundsOf(f), { maxZoom: 16, padding: [50, 50], animate: false }); }
    G.state.seen[f.layer] = true;
    G.openAt(place[0], place[1], f);
  };
})(geoplan);
