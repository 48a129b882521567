"use strict";
/* The list of problems, its filters, and what a click on it shows on the map. */
(function (G) {
  var SIGNS = { error: "✗", mended: "✓", warning: "!" }, KINDS = ["error", "mended", "warning"], FIRST = 12, MOST = 400;
  var sheets = G.data.sheets, active = -1, open = null, shown = { error: true, mended: true, warning: true }, file = "";
  var stage = document.getElementById("stage"), list = document.getElementById("list"), filters = document.getElementById("filters");
  var scaleBar = G.el("div", { class: "scale" }), card = G.el("div", { class: "card", hidden: true }), modes = G.el("div", { class: "modes", hidden: true, role: "group" });
  var title = G.el("p", { class: "where" }), note = G.el("p", { class: "left", hidden: true }), empty = G.el("p", { class: "empty", hidden: true, text: G.t("no_map") });
  var map;

  sheets.forEach(function (sheet) {
    sheet.dropped = {}; sheet.worst = {};
    ["mended", "warning", "error"].forEach(function (kind) {
      sheet.issues.forEach(function (issue) { if (issue.kind === kind) { issue.rows.forEach(function (row) { sheet.worst[row] = kind; }); } });
    });
    if (sheet.after) { sheet.after.dropped.forEach(function (row) { sheet.dropped[row] = true; }); }
  });

  function start() {
    map = G.Map(stage, { pick: pick, scale: scale });
    [title, tools(), modes, note, empty, card, scaleBar].forEach(function (part) { stage.appendChild(part); });
    build();
    var first = sheets.findIndex(function (sheet) { return sheet.issues.length && sheet.shapes; });
    activate(first >= 0 ? first : 0);
    document.body.classList.add("ready");
  }
  function tools() {
    return G.el("div", { class: "tools" }, [
      G.button("+", function () { map.zoom(1.6); }, { "aria-label": G.t("zoom_in"), title: G.t("zoom_in") }),
      G.button("−", function () { map.zoom(1 / 1.6); }, { "aria-label": G.t("zoom_out"), title: G.t("zoom_out") }),
      G.button("⤢", function () { map.mark([], "error", false); map.whole(); }, { "aria-label": G.t("whole"), title: G.t("whole") })
    ]);
  }
  function scale(text, length) {
    G.clear(scaleBar);
    if (length) { var bar = G.el("span", { class: "bar" }); bar.style.setProperty("width", length + "px"); scaleBar.appendChild(bar); }
    scaleBar.appendChild(G.el("span", { text: text }));
  }

  /* One layer at a time on the map. */
  function activate(at) {
    if (at === active || !sheets[at]) { return; }
    active = at;
    var sheet = sheets[at], drawn = sheet.shapes && Object.keys(sheet.shapes.of).length > 0 || sheet.after && Object.keys(sheet.after.of).length > 0;
    map.show(sheet);
    card.hidden = true;
    G.clear(title).appendChild(document.createTextNode(sheet.title));
    empty.hidden = Boolean(drawn);
    note.hidden = !(sheet.shapes && sheet.shapes.left);
    if (!note.hidden) { G.clear(note).appendChild(document.createTextNode(G.t("left", { n: G.number(sheet.shapes.left, 0) }))); }
    G.clear(modes);
    modes.hidden = !sheet.after;
    if (sheet.after) {
      ["before", "after"].forEach(function (mode) {
        modes.appendChild(G.button(G.t(mode), function () { turn(mode); }, { "data-mode": mode, "aria-pressed": mode === "before" ? "true" : "false" }));
      });
    }
    list.querySelectorAll("section").forEach(function (part) { part.classList.toggle("here", Number(part.dataset.sheet) === at); });
  }
  function turn(mode) {
    map.mode(mode);
    modes.querySelectorAll("button").forEach(function (button) { button.setAttribute("aria-pressed", button.dataset.mode === mode ? "true" : "false"); });
  }

  function choose(at, number, rows, far) {
    activate(at);
    var issue = sheets[at].issues[number], item = document.getElementById("i" + at + "-" + number);
    if (open) { open.classList.remove("open"); open.querySelector(".head").setAttribute("aria-expanded", "false"); }
    open = item;
    item.classList.add("open");
    item.querySelector(".head").setAttribute("aria-expanded", "true");
    if (issue.kind === "mended" && sheets[at].after && rows.every(function (row) { return sheets[at].dropped[row]; })) { turn("before"); }
    var placed = map.mark(rows, issue.kind, far);
    if (rows.length && !placed) { G.tell(G.t("not_drawn")); }
  }

  /* A click on a feature of the map. */
  function pick(row) {
    G.clear(card);
    if (row === null) { card.hidden = true; map.mark([], "error", false); return; }
    row = Number(row);
    var found = [];
    sheets[active].issues.forEach(function (issue, number) { if (issue.rows.indexOf(row) >= 0) { found.push([issue, number]); } });
    card.hidden = false;
    card.appendChild(G.el("h2", { text: sheets[active].names[row] || "#" + (row + 1) }));
    if (!found.length) { card.appendChild(G.el("p", { class: "quiet", text: G.t("fine") })); map.mark([row], "mended", false); return; }
    found.slice(0, 4).forEach(function (pair) {
      card.appendChild(G.button(SIGNS[pair[0].kind] + " " + pair[0].found, function () {
        choose(active, pair[1], [row], false);
        document.getElementById("i" + active + "-" + pair[1]).scrollIntoView({ block: "center" });
      }, { class: pair[0].kind }));
    });
    map.mark([row], found[0][0].kind, false);
  }

  function build() {
    sheets.forEach(function (sheet, at) {
      var issues = G.el("ol", {}, sheet.issues.map(function (issue, number) { return row(sheet, issue, at, number); }));
      var head = G.el("h2", {}, [G.button(sheet.title, function () { activate(at); map.whole(); })]);
      list.appendChild(G.el("section", { "data-sheet": at }, [head, facts(sheet), issues, G.el("p", sheet.issues.length ? { class: "quiet fine sifted", hidden: true, text: G.t("sifted") } : { class: "quiet fine", text: G.t("nothing") })]));
    });
    bar();
  }
  function facts(sheet) {
    if (!sheet.facts.length && !sheet.columns.length) { return null; }
    var pairs = [];
    sheet.facts.forEach(function (fact) { pairs.push(G.el("dt", { text: fact[0] }), G.el("dd", { text: fact[1] })); });
    var body = [G.el("dl", { class: "facts" }, pairs)];
    if (sheet.columns.length) {
      var heads = ["column", "field", "encoding", "sample"].map(function (word) { return G.el("th", { scope: "col", text: G.t(word) }); });
      var lines = sheet.columns.map(function (cells) { return G.el("tr", {}, cells.map(function (cell) { return G.el("td", { text: cell }); })); });
      body.push(G.el("details", {}, [
        G.el("summary", { text: G.t("columns", { n: G.number(sheet.columns.length, 0) }) }),
        G.el("div", { class: "wide" }, [G.el("table", {}, [G.el("thead", {}, [G.el("tr", {}, heads)]), G.el("tbody", {}, lines)])])
      ]));
    }
    return G.el("div", { class: "about" }, body);
  }
  function row(sheet, issue, at, number) {
    var head = G.el("button", { type: "button", class: "head", "aria-expanded": "false", on: { click: function () { choose(at, number, issue.rows, true); } } }, [
      G.el("span", { class: "sign", "aria-hidden": "true", text: SIGNS[issue.kind] }), G.el("span", { class: "says" }, [G.el("span", { class: "kind", text: G.t(issue.kind) + ". " }), issue.found])
    ]);
    return G.el("li", { class: "issue " + issue.kind, id: "i" + at + "-" + number }, [
      head, issue.fix ? G.el("p", { class: "fix" }, [G.el("b", { text: G.t(issue.kind === "mended" ? "know" : "cure") + " " }), issue.fix]) : null,
      issue.rows.length ? chips(sheet, issue, at, number) : null, unplaced(issue)
    ]);
  }
  function chips(sheet, issue, at, number) {
    var place = G.el("p", { class: "chips" });
    function fill(most) {
      G.clear(place);
      issue.rows.slice(0, most).forEach(function (feature) {
        var drawn = sheet.shapes && feature in sheet.shapes.of || sheet.after && feature in sheet.after.of;
        place.appendChild(drawn ? G.button(sheet.names[feature], function () { choose(at, number, [feature], true); }) : G.el("span", { text: sheet.names[feature], title: G.t("no_place") }));
      });
      var more = issue.rows.length - most;
      if (more > 0) { place.appendChild(most < MOST ? G.button(G.t("more", { n: G.number(more, 0) }), function () { fill(MOST); }, { class: "more" }) : G.el("span", { class: "more", text: G.t("more", { n: G.number(more, 0) }) })); }
    }
    fill(FIRST);
    return place;
  }
  function unplaced(issue) {
    if (!issue.unplaced.length) { return null; }
    var cells = issue.unplaced.slice(0, MOST).map(function (name) { return G.el("li", { text: name }); });
    return G.el("details", { class: "unplaced" }, [G.el("summary", { text: G.t("unplaced", { n: G.number(issue.unplaced.length, 0) }) }), G.el("ul", {}, cells)]);
  }

  function bar() {
    var counts = { error: 0, mended: 0, warning: 0 };
    sheets.forEach(function (sheet) { sheet.issues.forEach(function (issue) { counts[issue.kind] += 1; }); });
    KINDS.forEach(function (kind) {
      if (!counts[kind]) { return; }
      filters.appendChild(G.button("", function () {
        shown[kind] = !shown[kind];
        this.setAttribute("aria-pressed", shown[kind] ? "true" : "false");
        sift();
      }, { class: "filter " + kind, "aria-pressed": "true" })).append(G.el("span", { class: "sign", "aria-hidden": "true", text: SIGNS[kind] }), G.t("count_" + kind, { n: G.number(counts[kind], 0) }));
    });
    if (sheets.length > 1) {
      var options = [G.el("option", { value: "", text: G.t("all_files") })].concat(sheets.map(function (sheet, at) { return G.el("option", { value: at, text: sheet.title }); }));
      filters.appendChild(G.el("select", { "aria-label": G.t("files"), on: { change: function () { file = this.value; sift(); if (file !== "") { activate(Number(file)); map.whole(); } } } }, options));
    }
  }
  function sift() {
    KINDS.forEach(function (kind) { list.querySelectorAll(".issue." + kind).forEach(function (item) { item.hidden = !shown[kind]; }); });
    list.querySelectorAll("section").forEach(function (part) {
      part.hidden = file !== "" && part.dataset.sheet !== file;
      var word = part.querySelector(".sifted");
      if (word) { word.hidden = Boolean(part.querySelector(".issue:not([hidden])")); }
    });
  }

  start();
})(geoplan);
