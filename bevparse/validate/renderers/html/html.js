"use strict";
(() => {
  const table = document.getElementById("table");
  if (!table) return;
  const data = JSON.parse(document.getElementById("data").textContent);
  const body = table.tBodies[0];
  const model = body.rows[0].cloneNode(true);
  const format = new Intl.NumberFormat("en-US").format;
  const severities = ["info", "warning", "error"];
  const keys = {
    severity: (row) => severities.indexOf(data.codes[row[0]][0]),
    code: (row) => row[0],
    count: (row) => row[4],
    sources: (row) => row[5],
    message: (row) => row[1],
  };
  const [text, severity, code] = ["text", "severity", "code"].map((id) => document.getElementById(id));
  const [before, after] = ["before", "after"].map((id) => document.getElementById(id));
  const heads = [...table.tHead.rows[0].cells];
  const placed = (place) => [data.sources[place[0]] + place[1], place[2], place[3]];
  const texts = data.rows.map((row) =>
    [row[0], ...data.codes[row[0]], ...row.slice(1, 4), ...row[6].flatMap(placed)].join("\n").toLowerCase());
  let order = data.rows.map((_, index) => index);
  let found = order;
  let page = 0;

  function fill(cell, selector, value) {
    cell.querySelector(selector).textContent = value;
  }

  function written(row) {
    const tr = model.cloneNode(true);
    const [level, slug] = data.codes[row[0]];
    const cell = (name) => tr.querySelector("td." + name);
    fill(tr, ".badge", level);
    tr.querySelector(".badge").className = "badge " + level;
    fill(tr, "a", row[0]);
    tr.querySelector("a").setAttribute("href", "#" + row[0]);
    fill(tr, ".slug", slug);
    cell("count").textContent = format(row[4]);
    cell("sources").textContent = (data.least ? "\u2265" : "") + format(row[5]);
    fill(tr, ".text", row[1]);
    fill(tr, ".where bdi", row[2]);
    fill(tr, ".where bdi:last-child", row[3]);
    const some = row[6].length < row[4] ? row[6].length + " of " : "";
    fill(tr, "summary", some + format(row[4]) + (row[4] === 1 ? " place" : " places"));
    const item = tr.querySelector("li");
    tr.querySelector("ul").replaceChildren(...row[6].map((place) => {
      const li = item.cloneNode(true);
      fill(li, "bdi", data.sources[place[0]] + place[1]);
      fill(li, ".pointer", place[2]);
      fill(li, "span", place[3]);
      return li;
    }));
    return tr;
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / data.page));
    page = Math.min(Math.max(page, 0), pages - 1);
    const start = page * data.page;
    const shown = found.slice(start, start + data.page);
    body.replaceChildren(...shown.map((index) => written(data.rows[index])));
    before.hidden = after.hidden = pages === 1;
    before.setAttribute("aria-disabled", page === 0);
    after.setAttribute("aria-disabled", page === pages - 1);
    const count = found.reduce((sum, index) => sum + data.rows[index][4], 0);
    document.getElementById("shown").textContent = found.length
      ? `Rows ${format(start + 1)} to ${format(start + shown.length)} of ${format(found.length)}, ${format(count)} finding${count === 1 ? "" : "s"}`
      : "No finding matches the filters.";
  }

  function filter() {
    const wanted = text.value.trim().toLowerCase();
    found = order.filter((index) => {
      const row = data.rows[index];
      return (!severity.value || data.codes[row[0]][0] === severity.value)
        && (!code.value || row[0] === code.value)
        && (!wanted || texts[index].includes(wanted));
    });
    page = 0;
    show();
  }

  function sort(head) {
    const values = data.rows.map(keys[head.className]);
    const now = head.getAttribute("aria-sort");
    const back = now ? now === "ascending" : typeof values[0] === "number";
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", back ? "descending" : "ascending");
    const compare = (a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : 0);
    order = data.rows.map((_, index) => index).sort((a, b) => (back ? compare(b, a) : compare(a, b)) || a - b);
    filter();
  }

  function turn(button, pages) {
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      page += pages;
      show();
      table.scrollIntoView({ block: "start" });
    });
  }

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(head));
    head.replaceChildren(button);
  }
  table.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link) document.getElementById(link.hash.slice(1)).closest("details").open = true;
  });
  const form = document.getElementById("filters");
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  turn(before, -1);
  turn(after, 1);
  form.hidden = false;
  document.getElementById("pager").hidden = false;
  show();
})();
