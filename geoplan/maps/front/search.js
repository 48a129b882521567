"use strict";
/* Search without accents over lots, zones, villages and communes. Arrow keys, Enter, Escape. */
(function (G) {
  var el = G.el, t = G.t, MOST = 12;

  function entry(f, kind, texts) {
    var folded = G.folded(texts.filter(function (v) { return v !== null && v !== ""; }).join(" "));
    return { feature: f, kind: kind, words: folded.split(/[^0-9a-z\u00df-\uffff]+/).filter(Boolean), folded: folded };
  }
  function build() {
    var out = [];
    G.features.communes.forEach(function (f) { out.push(entry(f, "communes", [G.read(f, "name"), G.read(f, "unit_code")])); });
    G.features.villages.forEach(function (f) { out.push(entry(f, "villages", [G.read(f, "name"), G.read(f, "village_code")])); });
    ["zones", "drafts"].forEach(function (layer) {
      G.features[layer].forEach(function (f) { out.push(entry(f, layer, [G.read(f, "name"), G.read(f, "zone_id")])); });
    });
    ["sites", "households"].forEach(function (layer) {
      G.features[layer].forEach(function (f) { out.push(entry(f, layer, [G.read(f, "place_id"), G.placeName(f)])); });
    });
    G.features.lots.forEach(function (f) {
      if (G.read(f, "lots_count")) { return; }
      var e = entry(f, "lots", [G.read(f, "lot_id"), G.read(f, "diadanh")]);
      e.numbers = ["tk", "khoanh", "lo"].map(function (n) { return G.folded(G.read(f, n) === null ? "" : G.read(f, n)); });
      out.push(e);
    });
    return out;
  }
  /* "245/4/12", "tk 245 k 4 lo 12" and "245 4 12" are the same question. */
  function numbersOf(query) {
    return query.replace(/\b(tieu khu|khoanh|tk|lo|k)(?=[\s.:]*\d)/g, " ").split(/[^0-9a-z]+/).filter(Boolean);
  }
  function rank(e, query, words, numbers) {
    if (e.numbers && numbers.length) {
      if (numbers.every(function (n, i) { return i < 3 && (i === numbers.length - 1 ? e.numbers[i].indexOf(n) === 0 : e.numbers[i] === n); })) {
        return numbers.every(function (n, i) { return e.numbers[i] === n; }) ? 1 : 3;
      }
    }
    var at = e.folded.indexOf(query);
    if (at === 0) { return e.numbers ? 2 : 0; }
    var all = words.every(function (w) { return e.words.some(function (own) { return own.indexOf(w) === 0; }); });
    return all ? 2.5 : at > 0 && query.length > 2 ? 4 : -1;
  }
  /** Best entries of a question. */
  G.find = function (text) {
    G.index = G.index || build();
    var query = G.folded(text).trim(), words = query.split(/[^0-9a-z\u00df-\uffff]+/).filter(Boolean), numbers = numbersOf(query);
    if (!words.length) { return []; }
    return G.index.map(function (e, i) { return { e: e, rank: rank(e, query, words, numbers), i: i }; })
      .filter(function (r) { return r.rank >= 0; })
      .sort(function (a, b) { return a.rank - b.rank || a.i - b.i; })
      .slice(0, MOST).map(function (r) { return r.e; });
  };

  /** Build the search field. */
  G.buildSearch = function () {
    var chosen = -1, found = [];
    var list = el("ul", { id: "found", role: "listbox", "aria-label": t("search.results"), hidden: true });
    var input = el("input", {
      type: "search", id: "query", role: "combobox", autocomplete: "off", spellcheck: "false", enterkeyhint: "search",
      "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list", "aria-label": t("search.label"), placeholder: t("search.hint"),
      on: { input: fill, keydown: key, focus: fill }
    });
    function mark(at) {
      chosen = at;
      Array.prototype.forEach.call(list.children, function (node, i) { if (node.id) { node.setAttribute("aria-selected", String(i === at)); } });
      if (at >= 0) { input.setAttribute("aria-activedescendant", "found-" + at); list.children[at].scrollIntoView({ block: "nearest" }); }
      else { input.removeAttribute("aria-activedescendant"); }
    }
    function close() { list.hidden = true; input.setAttribute("aria-expanded", "false"); mark(-1); }
    function take(at) {
      var e = found[at];
      if (!e) { return; }
      close(); input.blur();
      if (G.narrow()) { document.getElementById("panel").classList.remove("open"); }
      G.show(e.feature);
    }
    function fill() {
      found = G.find(input.value);
      G.clear(list);
      found.forEach(function (e, i) {
        list.appendChild(el("li", { role: "option", id: "found-" + i, "aria-selected": "false", on: { mousedown: function (event) { event.preventDefault(); take(i); } } }, [
          el("span", { class: "name", text: G.nameOf(e.feature) }), el("span", { class: "kind", text: (e.kind === "lots" && G.read(e.feature, "diadanh")) || t("kind." + e.kind) })
        ]));
      });
      var empty = input.value.trim() && !found.length;
      if (empty) { list.appendChild(el("li", { class: "none", text: t("search.none") })); }
      list.hidden = !found.length && !empty;
      input.setAttribute("aria-expanded", String(found.length > 0));
      mark(found.length ? 0 : -1);
    }
    function key(event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) { fill(); }
        if (found.length) { mark((chosen + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length); }
      } else if (event.key === "Enter") { event.preventDefault(); take(Math.max(chosen, 0)); }
      else if (event.key === "Escape") { if (list.hidden) { input.value = ""; } close(); }
    }
    input.addEventListener("blur", close);
    document.getElementById("search").appendChild(el("label", { class: "field" }, [
      G.svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" }, [G.svg("path", { d: "M8.5 2.5a6 6 0 1 1 0 12a6 6 0 0 1 0-12M13 13l4.5 4.5", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" })]), input
    ]));
    document.getElementById("search").appendChild(list);
  };
})(geoplan);
