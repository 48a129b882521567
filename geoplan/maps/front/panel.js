"use strict";
/* The side panel (a bottom sheet on phones): tabs, figures, layers, notes; and the legend on the map. */
(function (G) {
  var el = G.el, t = G.t, tabs = {};

  function table(data) {
    var communes = data.rows.filter(function (r) { return r.level !== "village"; });
    var villages = data.rows.filter(function (r) { return r.level === "village"; });
    function grid(rows) {
      return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": data.title }, [el("table", {}, [
        el("thead", {}, [el("tr", {}, [el("th", { scope: "col", text: t("figures.figure") })].concat(rows.map(function (r) { return el("th", { scope: "col", class: r.level, text: r.name }); })))]),
        el("tbody", {}, data.columns.map(function (c, at) {
          return el("tr", { class: c.name === data.shows ? "shown" : null }, [el("th", { scope: "row" }, [el("span", { text: c.label })])]
            .concat(rows.map(function (r) { return el("td", {}, [el("span", { class: c.unit === "%" ? null : "v", text: G.amount(r.values[at], c.unit) })]); })));
        }))
      ])]);
    }
    function long(rows) {
      var shown = data.columns.filter(function (c, at) { return c.name === data.shows || at < 2; });
      return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": data.title }, [el("table", {}, [
        el("thead", {}, [el("tr", {}, [el("th", { scope: "col", text: t("figures.village") })].concat(shown.map(function (c) { return el("th", { scope: "col", text: c.label }); })))]),
        el("tbody", {}, rows.map(function (r) {
          return el("tr", {}, [el("th", { scope: "row", text: r.name })].concat(shown.map(function (c) { return el("td", { text: G.amount(r.values[data.columns.indexOf(c)], c.unit) }); })));
        }))
      ])]);
    }
    return el("section", { class: "figures-table" }, [
      el("h3", { text: data.title }), grid(communes),
      villages.length ? el("details", {}, [el("summary", { text: t("figures.by_village", { n: villages.length }) }), long(villages)]) : null
    ]);
  }
  function figures() {
    return el("div", {}, (G.data.tables.length ? G.data.tables.map(table) : [el("p", { class: "quiet", text: t("figures.none") })])
      .concat(G.data.page.sources.length ? [el("details", { class: "fold" }, [el("summary", { text: t("figures.sources") }), el("ul", { class: "plain" }, G.data.page.sources.map(function (s) { return el("li", { text: s }); }))])] : []));
  }
  function notes() {
    var all = G.data.notes;
    return el("div", {}, [el("p", { class: "quiet", text: all.length ? t("notes.some", { n: all.length }) : t("notes.none") }),
      el("ul", { class: "notes" }, all.map(function (n) {
        return el("li", {}, [el("p", { text: n.found }), n.fix ? el("p", { class: "fix", text: n.fix }) : null, n.where ? el("p", { class: "quiet", text: n.where }) : null]);
      }))]);
  }

  function toggle(name, text, checked, change, kind) {
    var input = el("input", { type: kind || "checkbox", name: name, checked: checked, on: { change: function () { change(input.checked); } } });
    return el("label", { class: "switch" }, [input, el("span", { text: text })]);
  }
  function layerPanel() {
    var groups = [["plan", ["zones", "drafts"]], ["people", ["households", "sites"]], ["forest", ["lots"]], ["borders", ["communes", "villages"]]];
    var body = groups.map(function (group) {
      var there = group[1].filter(function (name) { return G.features[name].length; });
      return there.length ? el("fieldset", {}, [el("legend", { text: t("layers." + group[0]) })].concat(there.map(function (name) {
        return toggle(name, t("layer." + name), true, function (on) { G.state.seen[name] = on; G.redraw(); });
      }))) : null;
    });
    body.push(el("fieldset", {}, [el("legend", { text: t("layers.words") }), toggle("labels", t("layer.labels"), true, function (on) { G.state.labels = on; G.redraw(); })]));
    body.push(el("fieldset", {}, [el("legend", { text: t("layers.beneath") })].concat([["", t("overlay.none")]].concat(G.data.overlays.map(function (o) { return [o.name, o.label]; }), G.hasSwipe() ? [["swipe", t("overlay.swipe")]] : []).map(function (o) {
      return toggle("beneath", o[1], (G.state.overlay || "") === o[0], function () { G.setOverlay(o[0]); }, "radio");
    }))));
    var slider = el("input", { type: "range", id: "opacity", min: 0, max: 100, step: 5, value: Math.round(G.state.opacity * 100), "aria-label": t("layers.opacity"), on: {
      input: function () {
        var drawn = G.state.opacity >= 0.05;
        G.state.opacity = slider.value / 100;
        if (drawn !== G.state.opacity >= 0.05) { G.drawLegend(); }
        G.redraw();
      }
    } });
    body.push(el("label", { class: "range" }, [el("span", { text: t("layers.opacity") }), slider]));
    if (G.data.links.length) {
      body.push(el("nav", { class: "links", "aria-label": t("links") }, [el("h3", { text: t("links") }), el("ul", { class: "plain" }, G.data.links.map(function (l) {
        return el("li", {}, [el("a", { href: l[1], text: l[0] })]);
      }))]));
    }
    return el("div", { class: "layers" }, body);
  }

  function legendRows(layer, division, line) {
    return el("ul", { class: "legend-rows" }, G.summary(layer, division).map(function (r) {
      var kind = line ? (G.patterns[division] || {})[r.code] || "none" : undefined, amount = r.ha === null && r.zones ? t("legend.zones_count", { n: r.zones }) : G.ha(r.ha);
      var words = el("span", { class: "name" }, [G.label(division, r.code), r.missing ? el("small", { text: " " + t("legend.missing", { n: r.missing }) }) : null]);
      return el("li", {}, [G.swatch(G.colours[division][r.code], kind, false, !line && G.hatched[r.code]), words, el("span", { class: "ha", text: amount })]);
    }));
  }
  function choices(group, options, chosen, change) {
    return el("div", { class: options.length > 3 ? "choices two" : "choices", role: "radiogroup", "aria-label": t(group) }, options.map(function (o) {
      var input = el("input", { type: "radio", name: group, value: o, checked: o === chosen, on: { change: function () { change(o); } } });
      return el("label", {}, [input, el("span", { text: t("legend." + o) })]);
    }));
  }
  /** Fill the legend anew. */
  G.drawLegend = function () {
    var body = G.clear(document.getElementById("legend-body")), has = function (layer, division) { return G.summary(layer, division).length; };
    var shown = G.data.overlays.filter(function (o) { return o.name === G.state.overlay; })[0];
    if (G.state.overlay === "swipe") { body.appendChild(G.swipeLegend()); }
    if (shown && shown.classes.length) {
      body.appendChild(el("h2", { text: shown.label }));
      body.appendChild(el("ul", { class: "legend-rows" }, shown.classes.map(function (c) { return el("li", {}, [G.swatch(c[1]), el("span", { class: "name", text: c[0] })]); })));
    }
    if (G.features.lots.length) {
      var ways = ["forest_class", "use", "gap_role", "agreement"].filter(function (w) { return has("lots", w); });
      body.appendChild(el("h2", { text: t("legend.lots") }));
      if (G.state.opacity < 0.05) { body.appendChild(el("p", { class: "quiet outlines", text: t("legend.outlines") })); }
    }
    if (G.features.lots.length && G.state.opacity >= 0.05) {
      body.appendChild(choices("legend.colour_by", ways, G.state.colour, function (way) { G.state.colour = way; G.redraw(); G.drawLegend(); }));
      body.appendChild(legendRows("lots", G.state.colour, false));
    }
    if (G.features.zones.length) {
      var divisions = ["verdict", "status", "verdict_seen"].filter(function (w) { return has("zones", w); });
      body.appendChild(el("h2", { text: t("legend.zones") }));
      if (divisions.length > 1) { body.appendChild(choices("legend.zones_by", divisions, G.state.zones, function (way) { G.state.zones = way; G.redraw(); G.drawLegend(); })); }
      if (divisions.length) { body.appendChild(legendRows("zones", G.state.zones, true)); }
    }
    if (G.features.drafts.length) {
      body.appendChild(el("ul", { class: "legend-rows" }, [el("li", {}, [G.swatch(G.ink.drawn, "none", true), el("span", { class: "name", text: t("layer.drafts") }), el("span", { class: "ha", text: G.ha(G.data.legend.drafts) })])]));
    }
    if (G.features.zones.length && G.state.zones === "verdict_seen") { body.appendChild(el("p", { class: "quiet", text: t("legend.seen_basis") })); }
    ["households", "sites"].forEach(function (kind) {
      var rows = (G.data.legend.places || {})[kind] || [];
      if (!rows.length) { return; }
      body.appendChild(el("h2", { text: t("legend." + kind) }));
      body.appendChild(el("ul", { class: "legend-rows pairs" }, rows.map(function (r) {
        var mark = kind === "households" ? G.symbol(r.code) : G.siteSymbol(G.colours.place_verdict[r.code], false);
        return el("li", {}, [mark, el("span", { class: "name", text: G.label("place_verdict", r.code) }), el("span", { class: "ha", text: G.number(r.count, 0) })]);
      })));
    });
    if (G.features.sites.length) { body.appendChild(el("p", { class: "quiet", text: t("legend.sites_line") })); }
    if (G.features.lots.length || G.features.zones.length) { body.appendChild(el("p", { class: "quiet", text: t("legend.basis") })); }
  };

  /** Open a tab; on phones a second tap closes the sheet. */
  G.openTab = function (name, keep) {
    var panel = document.getElementById("panel"), other = panel.dataset.tab !== name, same = panel.dataset.tab === name && panel.classList.contains("open");
    panel.dataset.tab = name;
    panel.classList.toggle("open", keep || !(same && G.narrow()));
    Object.keys(tabs).forEach(function (key) {
      tabs[key].button.setAttribute("aria-selected", String(key === name));
      tabs[key].button.tabIndex = key === name ? 0 : -1;
      tabs[key].body.hidden = key !== name;
    });
    if (other && tabs[name].body.parentNode) { tabs[name].body.parentNode.scrollTop = 0; }
  };
  /** Build the panel. */
  G.buildPanel = function () {
    var parts = { targets: G.targetPanel(), figures: figures(), layers: layerPanel(), marking: G.markingPanel(), notes: notes() };
    var names = Object.keys(parts), panel = document.getElementById("panel");
    var list = el("div", { class: "tabs", role: "tablist", "aria-label": t("shell.panel") }, names.map(function (name) {
      var count = name === "notes" && G.data.notes.length ? el("span", { class: "count", text: String(G.data.notes.length) }) : null;
      var button = el("button", { type: "button", role: "tab", id: "tab-" + name, "aria-controls": "body-" + name, on: { click: function () { G.openTab(name); } } }, [el("span", { text: t("tab." + name) }), count]);
      tabs[name] = { button: button, body: el("section", { class: "tab-body", role: "tabpanel", id: "body-" + name, "aria-labelledby": "tab-" + name, tabindex: "0" }, [el("h2", { text: t("tab." + name + ".long") }), parts[name]]) };
      return button;
    }));
    list.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key], at = names.indexOf(panel.dataset.tab);
      if (step) { var next = names[(at + step + names.length) % names.length]; G.openTab(next, true); tabs[next].button.focus(); }
    });
    panel.appendChild(list);
    panel.appendChild(el("div", { class: "tab-bodies" }, names.map(function (name) { return tabs[name].body; })));
    G.openTab(G.data.standings.length ? "targets" : "figures", true);
    if (G.narrow()) { panel.classList.remove("open"); }
  };
})(geoplan);
