// The site's only script: chooses a view, draws its figures, keeps it in the address, sorts tables, hands out downloads.
// Every figure and every sentence was made before; nothing is computed here and no text is ever read as markup.
"use strict";

(() => {
  const CONFIG = Object.freeze({
    displayModeBar: false,
    displaylogo: false,
    doubleClick: false,
    plotlyServerURL: "",
    responsive: true,
    scrollZoom: false,
    showSendToCloud: false,
  });
  const GRAMMAR = "1";
  const PAPER_WIDTH = 680;
  const PLAIN = /^[a-z0-9._-]{1,200}$/;
  const THEMES = ["system", "light", "dark"];
  const THEME_KEY = "verum-theme";
  const NOT_BUILT = "This chart could not be built. The other pages are unaffected.";
  const NEWER = "A newer release was published while this page was open. Reload.";
  const root = document.documentElement;
  const narrow = window.matchMedia("(max-width: 760px)");
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  const slices = new Map();
  const waiting = new Map();
  let printing = false;
  let chosen = new Set();

  // Slices: classic scripts, because a page opened from a folder may not fetch.

  window.__slice = (id, slice) => slices.set(id, slice);

  async function slice(id) {
    await loaded(`${root.dataset.root}data/${encodeURIComponent(id)}.js`);
    const found = slices.get(id);
    if (!found) throw new Error(NOT_BUILT);
    if (found.release_id !== root.dataset.release) throw new Error(NEWER);
    return found;
  }

  // Only a page with a figure loads the drawing library, and only after its words can be read.
  async function library() {
    await loaded(root.dataset.library);
    if (!window.Plotly) throw new Error(NOT_BUILT);
    return window.Plotly;
  }

  function loaded(source) {
    if (!waiting.has(source)) waiting.set(source, requested(source));
    return waiting.get(source);
  }

  function requested(source) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => reject(new Error(NOT_BUILT)));
      document.head.append(script);
    });
  }

  // Theme: the system's, or the reader's own, kept for the next page.

  function storedTheme() {
    try {
      const kept = window.localStorage.getItem(THEME_KEY);
      return THEMES.includes(kept) ? kept : "system";
    } catch {
      return "system";
    }
  }

  function applyTheme(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  }

  function keepTheme(theme) {
    try {
      window.localStorage.setItem(THEME_KEY, theme);
    } catch {
      // A browser that keeps nothing still shows the theme on this page.
    }
  }

  function isDark() {
    if (printing) return false;
    const own = root.dataset.theme;
    return own ? own === "dark" : systemDark.matches;
  }

  function offerTheme() {
    const button = document.querySelector("[data-theme-button]");
    const name = () => { button.textContent = `Theme: ${root.dataset.theme || "system"}`; };
    button.hidden = false;
    name();
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(root.dataset.theme || "system") + 1) % THEMES.length];
      applyTheme(next);
      keepTheme(next);
      name();
      redraw();
    });
  }

  // Figures: made in Python in the light palette; each colour has one dark counterpart of the same meaning.

  function coloured(value, pairs, key = "") {
    if (Array.isArray(value)) return value.map((each) => coloured(each, pairs, key));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coloured(each, pairs, name)]));
    }
    const isColour = typeof value === "string" && key.endsWith("color");
    return isColour && Object.hasOwn(pairs, value) ? pairs[value] : value;
  }

  function figure(made, size, pairs, dark = isDark()) {
    const swap = dark ? pairs : {};
    const layout = coloured({ ...made.wide, ...made[size] }, swap);
    const strip = Object.entries(made.places).filter(([key]) => chosen.has(key)).map(([, place]) => highlight(place));
    const rings = Object.entries(made.points).filter(([key]) => chosen.has(key)).map(([, point]) => ring(point));
    const width = printing ? { width: PAPER_WIDTH } : {};
    return {
      data: coloured(made.traces, swap),
      layout: { ...layout, ...width, shapes: [...(layout.shapes || []), ...strip, ...rings] },
    };
  }

  function highlight(place) {
    return {
      type: "rect", layer: "below", xref: "paper", x0: 0, x1: 1, y0: place - 0.46, y1: place + 0.46,
      fillcolor: token("observed"), opacity: 0.12, line: { width: 0 },
    };
  }

  function ring([x, y]) {
    return {
      type: "circle", xsizemode: "pixel", ysizemode: "pixel", xanchor: x, yanchor: y, x0: -11, x1: 11, y0: -11, y1: 11,
      line: { color: token("observed"), width: 3 },
    };
  }

  function token(role) {
    return window.getComputedStyle(root).getPropertyValue(`--${role}`).trim();
  }

  async function draw(box) {
    const holder = box.querySelector(".chart");
    if (!holder) return;
    try {
      const [found, Plotly] = await Promise.all([slice(box.dataset.slice), library()]);
      const made = figure(found.charts[holder.dataset.chart], narrow.matches && !printing ? "narrow" : "wide", found.theme);
      await Plotly.react(holder, made.data, made.layout, CONFIG);
      for (const child of holder.children) child.setAttribute("aria-hidden", "true");
      holder.dataset.drawn = isDark() ? "dark" : "light";
    } catch (error) {
      failed(holder, error);
    }
  }

  function failed(holder, error) {
    const words = document.createElement("p");
    words.className = "failed";
    words.textContent = error.message === NEWER ? NEWER : NOT_BUILT;
    holder.replaceChildren(words);
  }

  function visibleFigures() {
    return [...document.querySelectorAll("[data-slice]")].filter((box) => !box.closest("[data-view]:not(.shown)"));
  }

  function redraw() {
    for (const box of visibleFigures()) draw(box);
  }

  // The view: looked up in the page's own lists, kept in the address, never inserted into the page.

  function choices(key) {
    const control = document.querySelector(`[data-key="${key}"]`);
    return control.options ? [...control.options].map((option) => option.value) : [control.value];
  }

  // What a page shows unasked: what its list has chosen, else the first.
  function standard(key) {
    const control = document.querySelector(`[data-key="${key}"]`);
    const own = control.options ? [...control.options].find((option) => option.defaultSelected) : null;
    return own ? own.value : choices(key)[0];
  }

  // Where the outcomes of a list have pages of their own, the first is the list's page, the others are in its folder.
  function elsewhere(now) {
    const { folder } = document.querySelector('[data-key="o"]').dataset;
    if (!folder || now.o === standard("o")) return "";
    const page = now.o === choices("o")[0] ? `${folder}.html` : `${folder}/${encodeURIComponent(now.o)}.html`;
    const clinics = askedClinics().map(encodeURIComponent);
    return `${root.dataset.root}${page}${clinics.length ? `#c=${clinics.join(",")}&v=${GRAMMAR}` : ""}`;
  }

  function askedClinics() {
    return (asked().get("c") || "").split(",").filter((key) => PLAIN.test(key));
  }

  function asked() {
    const wanted = new Map();
    for (const part of window.location.hash.slice(1).split("&")) {
      const cut = part.indexOf("=");
      if (cut === 1) wanted.set(part[0], decoded(part.slice(2)));
    }
    return wanted.has("v") && wanted.get("v") !== GRAMMAR ? new Map() : wanted;
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return "";
    }
  }

  function view() {
    const wanted = asked();
    const known = choices("o");
    const clinics = choices("c").filter(Boolean);
    return {
      o: known.includes(wanted.get("o")) ? wanted.get("o") : standard("o"),
      c: (wanted.get("c") || "").split(",").filter((key, place, all) => clinics.includes(key) && all.indexOf(key) === place),
      p: choices("p").includes(wanted.get("p")) ? wanted.get("p") : choices("p")[0],
    };
  }

  function address(now) {
    const parts = [];
    if (now.o !== standard("o")) parts.push(`o=${encodeURIComponent(now.o)}`);
    if (now.c.length) parts.push(`c=${now.c.map(encodeURIComponent).join(",")}`);
    if (now.p !== choices("p")[0]) parts.push(`p=${encodeURIComponent(now.p)}`);
    return parts.length ? `#${parts.join("&")}&v=${GRAMMAR}` : window.location.pathname + window.location.search;
  }

  function go(change) {
    const now = { ...view(), ...change };
    const page = elsewhere(now);
    if (page) {
      document.querySelector('[data-key="o"]').value = standard("o");
      window.location.assign(page);
      return;
    }
    window.history.replaceState(null, "", address(now));
    show(now);
  }

  function show(now) {
    const page = elsewhere(now);
    if (page) {
      window.location.replace(page);
      return;
    }
    chosen = new Set(now.c);
    document.querySelector('[data-key="o"]').value = now.o;
    document.querySelector('[data-key="c"]').value = now.c.length === 1 ? now.c[0] : "";
    for (const section of document.querySelectorAll("[data-view]")) section.classList.toggle("shown", section.dataset.view === now.o);
    for (const row of document.querySelectorAll("[data-clinic]")) row.classList.toggle("chosen", chosen.has(row.dataset.clinic));
    for (const article of document.querySelectorAll("article[data-clinic]")) {
      article.hidden = chosen.size > 0 && !chosen.has(article.dataset.clinic);
    }
    announce(now);
    redraw();
  }

  function announce(now) {
    const here = `[data-view="${CSS.escape(now.o)}"]`;
    const listed = new Set([...document.querySelectorAll(`${here} tr[data-clinic]`)].map((row) => row.dataset.clinic));
    const articles = document.querySelectorAll(`${here} article[data-clinic]`).length > 0;
    const shown = articles ? document.querySelectorAll(`${here} article[data-clinic]:not([hidden])`).length : listed.size;
    const live = document.querySelector("[data-live]");
    const lacking = document.querySelector("[data-left-out]") && askedClinics().some((key) => !choices("c").includes(key));
    live.textContent = `${lacking ? "A clinic that was asked for is not among these. " : ""}${shown} ${shown === 1 ? "clinic" : "clinics"} ${articles ? "described" : "listed"}${chosen.size ? ", highlighted in chart and tables" : ""}.`;
  }

  function offerViews() {
    const filters = document.querySelector("[data-filters]");
    if (!filters) return redraw();
    filters.hidden = false;
    for (const contents of document.querySelectorAll("[data-contents]")) contents.hidden = true;
    filters.addEventListener("submit", (event) => event.preventDefault());
    filters.addEventListener("change", (event) => {
      const { key } = event.target.dataset;
      go(key === "c" ? { c: event.target.value ? [event.target.value] : [] } : { [key]: event.target.value });
    });
    window.addEventListener("hashchange", () => {
      if (!window.location.hash || window.location.hash.includes("=")) show(view());
    });
    document.addEventListener("click", toggleClinic);
    return show(view());
  }

  function toggleClinic(event) {
    const row = event.target.closest("tr[data-clinic]");
    if (!row || event.target.closest("a, button")) return;
    const key = row.dataset.clinic;
    const now = view();
    go({ c: now.c.includes(key) ? now.c.filter((each) => each !== key) : [...now.c, key] });
  }

  // Claims: one verdict at a time, kept in the address; a link to one claim shows them all again.

  function offerKinds() {
    const form = document.querySelector("[data-kinds]");
    if (!form) return;
    form.hidden = false;
    document.querySelector("[data-contents]").hidden = true;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", (event) => {
      const kind = event.target.value;
      const plain = window.location.pathname + window.location.search;
      window.history.replaceState(null, "", kind ? `#k=${encodeURIComponent(kind)}&v=${GRAMMAR}` : plain);
      showKind();
    });
    window.addEventListener("hashchange", () => showKind());
    showKind();
  }

  function showKind() {
    const wanted = asked().get("k");
    const kind = choices("k").includes(wanted) ? wanted : "";
    document.querySelector('[data-key="k"]').value = kind;
    for (const section of document.querySelectorAll("[data-kind]")) {
      section.hidden = kind !== "" && section.dataset.kind !== kind;
    }
    const shown = document.querySelectorAll("[data-kind]:not([hidden]) .claim").length;
    document.querySelector("[data-live]").textContent = `${shown} ${shown === 1 ? "claim" : "claims"} shown.`;
    const target = document.getElementById(window.location.hash.slice(1));
    if (target) target.scrollIntoView();
  }

  // Tables: sorted by the value behind a cell where it has one; rows without a value stay last.

  function offerSorting(table) {
    [...table.tHead.rows[0].cells].forEach((cell, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = cell.textContent;
      cell.replaceChildren(button);
      button.addEventListener("click", () => sort(table, cell, place));
    });
  }

  function sort(table, head, place) {
    const first = "number" in head.dataset ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = head.getAttribute("aria-sort") === first ? other : first;
    for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const body = table.tBodies[0];
    const ordered = [...body.rows].sort((one, two) => compared(worth(one, place), worth(two, place), sign));
    body.append(...ordered);
  }

  function worth(row, place) {
    const cell = row.cells[place];
    const text = cell.dataset.value ?? cell.textContent.trim();
    if (text === "" || text === "–") return null;
    const number = Number(text.replace(/,/g, ""));
    return Number.isNaN(number) ? text : number;
  }

  function compared(one, two, sign) {
    if (one === null || two === null) return (one === null) - (two === null);
    if (typeof one === "number" && typeof two === "number") return sign * (one - two);
    return sign * String(one).localeCompare(String(two), "en", { numeric: true });
  }

  // Downloads: the rows behind a chart as the slice gives them, and the chart as a picture that says where it is from.

  function csv(found, name) {
    const { columns, rows } = found.downloads[name];
    const head = [...columns.map((column) => column.name), "release", "disclosure"];
    const kinds = [...columns.map((column) => column.kind), "text", "text"];
    const body = rows.map((row) => [...row, found.release_id, found.disclosure]);
    const lines = [head.map((name_) => quoted(name_)), ...body.map((row) => row.map((cell, place) => written(cell, kinds[place])))];
    return `\uFEFF${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
  }

  function written(cell, kind) {
    if (cell === null) return "";
    return kind === "text" ? quoted(guarded(String(cell))) : String(cell);
  }

  // A spreadsheet runs text that begins like a formula; an apostrophe makes it text again.
  function guarded(text) {
    return /^[=+\-@\t\r\0]/.test(text) ? `'${text}` : text;
  }

  function quoted(text) {
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  function save(address_, name) {
    const link = document.createElement("a");
    link.href = address_;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
  }

  async function saveCsv(box, name) {
    const found = await slice(box.dataset.rows || box.dataset.slice);
    const blob = new Blob([csv(found, name)], { type: "text/csv;charset=utf-8" });
    const link = URL.createObjectURL(blob);
    save(link, `${found.slice_id}.${name}.csv`);
    window.setTimeout(() => URL.revokeObjectURL(link), 1000);
  }

  async function savePng(box, name) {
    const [found, Plotly] = await Promise.all([slice(box.dataset.slice), library()]);
    const made = figure(found.charts[name], "png", found.theme, false);
    const { width, height } = made.layout;
    const picture = await Plotly.toImage(
      { data: made.data, layout: made.layout, config: CONFIG }, { format: "png", width, height, scale: 2 },
    );
    save(picture, `${found.slice_id}.${name}.png`);
  }

  function offerDownloads(box) {
    const buttons = box.querySelector(".buttons");
    if (!buttons) return;
    buttons.hidden = false;
    for (const [kind, act] of [["csv", saveCsv], ["png", savePng]]) {
      const button = buttons.querySelector(`[data-${kind}]`);
      if (button) button.addEventListener("click", () => act(box, button.dataset[kind]).catch(() => { button.disabled = true; }));
    }
  }

  // Print: light, with every table open, whatever the screen shows.

  function print(now) {
    printing = now;
    for (const details of document.querySelectorAll("details.table")) {
      if (now && !details.open) { details.open = true; details.dataset.opened = ""; }
      if (!now && "opened" in details.dataset) { details.open = false; delete details.dataset.opened; }
    }
    redraw();
  }

  applyTheme(storedTheme());
  root.classList.add("js");
  document.addEventListener("DOMContentLoaded", () => {
    offerTheme();
    document.querySelectorAll("table[data-sortable]").forEach(offerSorting);
    document.querySelectorAll("[data-slice]").forEach(offerDownloads);
    offerViews();
    offerKinds();
    narrow.addEventListener("change", redraw);
    systemDark.addEventListener("change", redraw);
    window.addEventListener("beforeprint", () => print(true));
    window.addEventListener("afterprint", () => print(false));
  });
})();
