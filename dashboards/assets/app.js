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
  const LONG_TABLE = 12;
  const LONGEST_WAIT = 500;
  let printing = false;
  let drawing = 0;
  let chosen = new Set();
  let span = "";

  // Slices: classic scripts, because a page opened from a folder may not fetch.

  window.__slice = (id, slice) => slices.set(id, slice);

  // How old the data are today: said here, because a page that is the same for everybody cannot know the day.

  const DAY = 86_400_000;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  let publishedAt = "";
  window.__published = (when) => { publishedAt = when; };

  async function sayAge() {
    const line = document.querySelector("[data-stands]");
    const { until, agreed } = line.dataset;
    await loaded(`${root.dataset.root}../published.js`).catch(() => {});
    const day = /^(\d{4})-(\d\d)-(\d\d)T/.exec(publishedAt);
    if (day) line.prepend(`Published ${Number(day[3])} ${MONTHS[Number(day[2]) - 1]} ${day[1]}. `);
    const days = until ? Math.floor((Date.now() - Date.parse(`${until}T00:00:00Z`)) / DAY) : -1;
    if (days < 0) return;
    const late = days > Number(agreed);
    line.append(`, ${days} ${days === 1 ? "day" : "days"} ago${late ? `: late, for new data are agreed every ${agreed} days` : ""}`);
    line.classList.toggle("late", late);
  }

  async function slice(id) {
    await loaded(`${root.dataset.root}data/${encodeURIComponent(id)}.js`);
    const found = slices.get(id);
    if (!found) throw new Error(NOT_BUILT);
    if (found.release_id !== root.dataset.release) throw new Error(NEWER);
    return found;
  }

  // Only a page with a figure loads the drawing library; it is asked for at once, and the words do not wait for it.
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
    const layout = coloured(spanned({ ...made.wide, ...made[size] }, made.spans[span]), swap);
    const strip = Object.entries(made.places).filter(([key]) => chosen.has(key)).map(([, place]) => highlight(place));
    const frames = Object.entries(made.frames[size] || made.frames.wide || {}).filter(([key]) => chosen.has(key)).map(([, place]) => frame(place));
    const rings = Object.entries(made.points).filter(([key]) => chosen.has(key)).map(([, point]) => ring(point));
    const width = printing ? { width: PAPER_WIDTH } : { autosize: true };
    return {
      data: coloured(made.traces, swap),
      layout: { ...layout, ...width, shapes: [...(layout.shapes || []), ...strip, ...frames, ...rings] },
    };
  }

  // A figure over time has its axis for each first period that can be chosen.
  function spanned(layout, axis) {
    if (!axis) return layout;
    const common = layout.template.layout;
    return { ...layout, template: { layout: { ...common, xaxis: { ...common.xaxis, ...axis } } } };
  }

  function frame([x0, x1, y0, y1]) {
    return {
      type: "rect", layer: "below", xref: "paper", yref: "paper", x0, x1, y0, y1,
      line: { color: token("observed"), width: 3 },
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

  function chartOf(box) {
    return box.querySelector(".chart");
  }

  async function draw(box) {
    const holder = chartOf(box);
    try {
      const [found, Plotly] = await Promise.all([slice(box.dataset.slice), library()]);
      const size = narrow.matches && !printing ? "narrow" : "wide";
      const made = figure(found.charts[holder.dataset.chart], size, found.theme);
      // Drawn anew in another size: Plotly would keep the margins of the one before.
      if (holder.dataset.size && holder.dataset.size !== size) Plotly.purge(holder);
      await Plotly.react(holder, made.data, made.layout, CONFIG);
      for (const child of holder.children) child.setAttribute("aria-hidden", "true");
      holder.dataset.size = size;
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
    return [...document.querySelectorAll("[data-slice]")]
      .filter((box) => chartOf(box) && !box.closest("[data-view]:not(.shown)"));
  }

  // What the reader looks at is drawn at once, the rest one by one while the browser has nothing else to do; paper
  // cannot wait. Who asks for another view meanwhile is not kept waiting for the charts of the one before.
  async function redraw() {
    drawing += 1;
    const mine = drawing;
    const boxes = visibleFigures();
    for (const box of boxes) delete chartOf(box).dataset.drawn;
    const first = printing ? boxes : boxes.filter(isInView);
    await Promise.all(first.map(draw));
    for (const box of boxes.filter((each) => !first.includes(each))) {
      await idle();
      if (mine !== drawing) return;
      await draw(box);
    }
  }

  function isInView(box) {
    const { top, bottom } = chartOf(box).getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  function idle() {
    const soon = window.requestIdleCallback || ((act) => window.setTimeout(act, 1));
    return new Promise((resolve) => { soon(resolve, { timeout: LONGEST_WAIT }); });
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
    const kept = asWritten({ f: now.f, c: askedClinics(), p: asked().get("p") });
    return `${root.dataset.root}${page}${kept}`;
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
    const clinics = choices("c").filter(Boolean);
    const named = choices("o").includes(wanted.get("o"));
    const time = choices("f").includes(wanted.get("f")) ? wanted.get("f") : "";
    const outcome = named ? wanted.get("o") : atTime(standard("o"), time);
    return {
      o: outcome,
      f: atTime(outcome, time) === outcome ? time : "",
      c: (wanted.get("c") || "").split(",").filter((key, place, all) => clinics.includes(key) && all.indexOf(key) === place),
      p: choices("p").includes(wanted.get("p")) ? wanted.get("p") : choices("p")[0],
    };
  }

  // An outcome at a time: the one that is shown if it is of that time, else the first in the list that is.
  function atTime(outcome, time) {
    const options = [...document.querySelectorAll('[data-key="o"] option')];
    const fits = (option) => !time || option.dataset.time === time;
    const now = options.find((option) => option.value === outcome);
    return now && !fits(now) ? options.find(fits).value : outcome;
  }

  function address(now) {
    const kept = { o: now.o === standard("o") ? "" : now.o, f: now.f, c: now.c, p: now.p === choices("p")[0] ? "" : now.p };
    return asWritten(kept) || window.location.pathname + window.location.search;
  }

  // What is asked for as the end of an address: keys in a fixed order, each value plain or escaped.
  function asWritten(kept) {
    const values = { o: kept.o, f: kept.f, c: (kept.c || []).map(encodeURIComponent).join(","), p: kept.p };
    const parts = Object.entries(values).filter(([, value]) => value)
      .map(([key, value]) => `${key}=${key === "c" ? value : encodeURIComponent(value)}`);
    return parts.length ? `#${parts.join("&")}&v=${GRAMMAR}` : "";
  }

  function go(change) {
    const now = { ...view(), ...change };
    if ("f" in change) now.o = atTime(now.o, now.f);
    if ("o" in change && atTime(now.o, now.f) !== now.o) now.f = "";
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
    span = now.p;
    for (const key of ["o", "f", "p"]) document.querySelector(`[data-key="${key}"]`).value = now[key];
    for (const option of document.querySelectorAll('[data-key="o"] option')) {
      option.hidden = now.f !== "" && option.dataset.time !== now.f;
    }
    document.querySelector('[data-key="c"]').value = now.c.length === 1 ? now.c[0] : "";
    for (const section of document.querySelectorAll("[data-view]")) section.classList.toggle("shown", section.dataset.view === now.o);
    for (const row of document.querySelectorAll("[data-clinic]")) row.classList.toggle("chosen", chosen.has(row.dataset.clinic));
    for (const article of document.querySelectorAll("article[data-clinic]")) {
      article.hidden = chosen.size > 0 && !chosen.has(article.dataset.clinic);
    }
    hideEmptyHeadings();
    announce(now);
    redraw();
  }

  // What is said of a view: how many clinics stand on it, or where those are that were chosen.
  function announce(now) {
    const here = `[data-view="${CSS.escape(now.o)}"]`;
    const found = (what) => new Set([...document.querySelectorAll(`${here} ${what}`)].map((each) => each.dataset.clinic));
    const listed = found("tr[data-clinic]");
    const lacking = document.querySelector("[data-left-out]") && askedClinics().some((key) => !choices("c").includes(key));
    const said = chosen.size ? whereChosen(listed, found("li[data-clinic]")) : `${clinics(listed.size)} listed`;
    document.querySelector("[data-live]").textContent = `${lacking ? "A clinic that was asked for is not among these. " : ""}${said}.`;
  }

  function whereChosen(listed, refused) {
    const among = (keys) => [...chosen].filter((key) => keys.has(key)).length;
    const parts = [];
    if (among(listed)) parts.push(`${clinics(among(listed))} highlighted in chart and tables`);
    if (among(refused)) parts.push(`${clinics(among(refused))} not comparable with this figure, marked at the end`);
    return parts.join("; ") || "No chosen clinic stands beside this figure";
  }

  function clinics(count) {
    return `${count} ${count === 1 ? "clinic" : "clinics"}`;
  }

  // A heading goes with the last of the articles below it.
  function hideEmptyHeadings() {
    for (const heading of document.querySelectorAll("[data-describes]")) {
      let below = heading.nextElementSibling;
      while (below && below.matches("article[hidden]")) below = below.nextElementSibling;
      heading.hidden = !(below && below.matches("article"));
    }
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

  // A long table can be searched: rows whose words do not hold what is written are hidden, and the number left is said.

  function offerSearch(table) {
    if (table.tBodies[0].rows.length <= LONG_TABLE) return;
    const label = document.createElement("label");
    const field = document.createElement("input");
    const said = document.createElement("span");
    label.className = "search";
    label.textContent = "Search this table ";
    field.type = "search";
    said.setAttribute("role", "status");
    label.append(field);
    field.addEventListener("input", () => { said.textContent = searched(table, field.value); });
    const line = document.createElement("p");
    line.className = "searching";
    line.append(label, " ", said);
    (table.closest(".scroll") || table).before(line);
  }

  function searched(table, text) {
    const wanted = text.trim().toLocaleLowerCase("en");
    const rows = [...table.tBodies[0].rows];
    for (const row of rows) row.hidden = !row.textContent.toLocaleLowerCase("en").includes(wanted);
    const left = rows.filter((row) => !row.hidden);
    const clinics = new Set(left.map((row) => row.dataset.clinic).filter(Boolean));
    const ofClinics = rows.some((row) => row.dataset.clinic);
    const [count, one, many] = ofClinics ? [clinics.size, "clinic", "clinics"] : [left.length, "row", "rows"];
    return wanted ? `${count} ${count === 1 ? one : many} shown.` : "";
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
    saveText(csv(found, name), "text/csv;charset=utf-8", `${found.slice_id}.${name}.csv`);
  }

  // What a program must know of the rows: from which release, how much was hidden, what each column holds.
  async function saveMetadata(box, name) {
    const found = await slice(box.dataset.rows || box.dataset.slice);
    const { columns, grain, rows } = found.downloads[name];
    const told = {
      columns, data_to: found.data_to, disclosure: found.disclosure, one_row: grain, release: found.release_id,
      rows: rows.length, slice: found.slice_id, table: name, units: found.units,
    };
    saveText(`${JSON.stringify(told, null, 1)}\n`, "application/json", `${found.slice_id}.${name}.metadata.json`);
  }

  function saveText(text, type, name) {
    const link = URL.createObjectURL(new Blob([text], { type }));
    save(link, name);
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
    const rows = buttons.querySelector("[data-csv]");
    if (rows) {
      const metadata = document.createElement("button");
      metadata.type = "button";
      metadata.dataset.metadata = rows.dataset.csv;
      metadata.textContent = "Download metadata";
      rows.after(metadata);
    }
    for (const [kind, act] of [["csv", saveCsv], ["metadata", saveMetadata], ["png", savePng]]) {
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
  if (root.dataset.library) library().catch(() => {});  // who draws a chart says that it failed
  document.addEventListener("DOMContentLoaded", () => {
    offerTheme();
    sayAge();
    document.querySelectorAll("table[data-sortable]").forEach(offerSorting);
    document.querySelectorAll("table[data-sortable]").forEach(offerSearch);
    document.querySelectorAll("[data-slice]").forEach(offerDownloads);
    offerViews();
    offerKinds();
    narrow.addEventListener("change", redraw);
    systemDark.addEventListener("change", redraw);
    window.addEventListener("beforeprint", () => print(true));
    window.addEventListener("afterprint", () => print(false));
  });
})();
