"use strict";
/* Words, numbers and elements. Every text enters the page here, as a text node. */
var geoplan = { data: JSON.parse(document.getElementById("geoplan-data").textContent) };

(function (G) {
  var english = G.data.lang === "en";
  var percentage = /-?\d[\d.,]*(?:\s*(?:điểm|points?))?\s*(?:%|phần trăm|percent)(?!\s*\((?:giả lập|synthetic)\))/gi;

  /** Text of a key with its facts; an unknown key is a bug. */
  G.t = function (key, facts) {
    var text = G.data.words[key];
    if (text === undefined) { throw new Error(key); }
    return text.replace(/\{(\w+)\}/g, function (all, name) { return facts && name in facts ? String(facts[name]) : all; });
  };
  G.has = function (key) { return Object.prototype.hasOwnProperty.call(G.data.words, key); };
  var vocabulary = { forest_class: "class", status: "zone_status", crop: "from_crop", group: "to_group", target: "status", agreement: "reconciliation.cell" };
  /** Label of a class: its own words, else the code itself. */
  G.label = function (group, code) {
    var key = (vocabulary[group] || group) + "." + code;
    if (G.has(key)) { return G.t(key); }
    return code === null || code === undefined || code === "" || code === "unknown" ? G.t("unknown") : String(code);
  };

  /** 1.234,5 in Vietnamese, 1,234.5 in English; a dash for what is not known. */
  G.number = function (value, decimals) {
    if (value === null || value === undefined || !isFinite(value)) { return "–"; }
    var parts = Math.abs(value).toFixed(decimals).split(".");
    var whole = parts[0].replace(/\B(?=(\d{3})+$)/g, english ? "," : ".");
    var text = parts.length > 1 ? whole + (english ? "." : ",") + parts[1] : whole;
    return value < 0 && /[1-9]/.test(text) ? "-" + text : text;
  };
  G.ha = function (value) {
    var decimals = value !== null && value !== undefined && Math.abs(value) < 10 ? 2 : 1;
    return G.number(value, decimals) + " ha";
  };
  G.unit = function (unit) { return G.has("unit." + unit) ? G.t("unit." + unit) : unit; };
  G.amount = function (value, unit, plain) {
    if (value === null || value === undefined) { return "–"; }
    var text = G.number(value, unit === "count" || unit === "household" || (plain && Number.isInteger(value)) ? 0 : plain && Number(value.toFixed(1)) !== value ? 2 : 1);
    return unit === "count" || !unit ? text : text + " " + G.unit(unit);
  };
  /** Made-up data: the word stands beside every percentage. */
  G.marked = function (text) {
    return G.data.page.synthetic ? String(text).replace(percentage, function (all) { return all + " " + G.t("made_up"); })
      : String(text);
  };

  var accents = new RegExp("[\\u0300-\\u036f]", "g");
  /** Letters without accents, for search: "Khuổi Đẩy" is "khuoi day". */
  G.folded = function (text) {
    return String(text).toLowerCase().normalize("NFD").replace(accents, "").replace(/đ/g, "d");
  };

  /* Text nodes; the mark stands in a span of its own, so that a line breaks before it and not inside. */
  function write(node, text) {
    text = String(text);
    if (!G.data.page.synthetic || node.namespaceURI !== document.documentElement.namespaceURI) {
      node.appendChild(document.createTextNode(G.marked(text)));
      return;
    }
    var from = 0;
    text.replace(percentage, function (all, at) {
      node.appendChild(document.createTextNode(text.slice(from, at)));
      node.appendChild(span("percent", all));
      node.appendChild(document.createTextNode(" "));
      node.appendChild(span("made-up", G.t("made_up")));
      from = at + all.length;
      return all;
    });
    node.appendChild(document.createTextNode(text.slice(from)));
  }
  function span(kind, text) {
    var node = document.createElement("span");
    node.className = kind;
    node.appendChild(document.createTextNode(text));
    return node;
  }
  function put(node, name, value) {
    if (value === null || value === undefined || value === false) { return; }
    if (name === "text") { write(node, value); }
    else if (name === "on") { Object.keys(value).forEach(function (event) { node.addEventListener(event, value[event]); }); }
    else if (name === "aria-label" || name === "title" || name === "placeholder") { node.setAttribute(name, G.marked(value)); }
    else { node.setAttribute(name, value === true ? "" : value); }
  }
  function grow(node, settings, children) {
    Object.keys(settings || {}).forEach(function (name) { put(node, name, settings[name]); });
    (children || []).forEach(function (child) {
      if (child === null || child === undefined || child === "") { return; }
      if (child.nodeType) { node.appendChild(child); } else { write(node, child); }
    });
    return node;
  }
  /** An element; children are elements or plain text. */
  G.el = function (tag, settings, children) { return grow(document.createElement(tag), settings, children); };
  G.svg = function (tag, settings, children) {
    return grow(document.createElementNS("http://www.w3.org/2000/svg", tag), settings, children);
  };
  G.clear = function (node) { while (node.firstChild) { node.removeChild(node.firstChild); } return node; };
  G.button = function (text, action, settings) {
    var all = { type: "button", text: text, on: { click: action } };
    Object.keys(settings || {}).forEach(function (name) { all[name] = settings[name]; });
    return G.el("button", all);
  };

  /** Say it to a screen reader, and show it for a moment. */
  G.tell = function (text, urgent) {
    var place = document.getElementById("told");
    if (!place) { return; }
    G.clear(place).appendChild(G.el("p", { class: urgent ? "urgent" : null, text: text }));
    place.classList.add("seen");
    clearTimeout(G.tell.timer);
    G.tell.timer = setTimeout(function () { place.classList.remove("seen"); }, urgent ? 7000 : 4000);
  };

  G.narrow = function () { return window.matchMedia("(max-width: 760px)").matches; };
  /** A column of a packed layer, by row. */
  G.value = function (layer, name, row) {
    var column = layer.columns[name];
    if (column === undefined) { return null; }
    return Array.isArray(column) ? column[row] : column.k[column.i[row]];
  };
})(geoplan);
