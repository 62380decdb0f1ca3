"use strict";
(() => {
  const list = document.getElementById("list");
  const severities = ["info", "warning", "error"];
  const format = new Intl.NumberFormat("en-US").format;

  /** Sorting: the heads of tables become buttons. */
  function sortable(table) {
    const heads = [...table.tHead.rows[0].cells];
    function value(row, column) {
      const cell = row.cells[column];
      const text = (cell.querySelector("summary") ?? cell).textContent;
      const count = parseFloat(text.replace(/[,<>]/g, ""));
      const level = severities.indexOf(text);
      return level >= 0 ? level : isNaN(count) ? text : count;
    }
    function sort(head) {
      const column = head.cellIndex;
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [value(row, column), row]);
      const now = head.getAttribute("aria-sort");
      const back = now ? now === "ascending" : typeof rows[0][0] === "number";
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", back ? "descending" : "ascending");
      const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
      rows.sort(([a], [b]) => (back ? compare(b, a) : compare(a, b)));
      body.replaceChildren(...rows.map(([, row]) => row));
    }
    for (const head of heads) {
      if (head.tagName !== "TH") continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sort(head));
      head.replaceChildren(button);
    }
  }
  document.querySelectorAll(".sortable").forEach(sortable);
  if (!list) return;

  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const total = Number(shown.dataset.total);
  const [text, severity, code, file, group] = form.querySelectorAll("input, select");
  const controls = [text, severity, code, file, group];
  const byCode = [...list.children];
  const open = byCode[0].open;
  const most = 200; // a page with more findings unfolded is slow to lay out at each key
  const items = [...list.querySelectorAll("ol > li")].map((li) => ({
    li,
    home: li.parentElement,
    number: Number(li.dataset.number),
    severity: li.querySelector(".badge").textContent,
    code: li.querySelector(".code").textContent,
    file: li.querySelector(".file").textContent,
    text: li.textContent.toLowerCase(),
  }));
  let byFile;

  function groupsByFile() {
    const files = new Map();
    for (const item of items.toSorted((a, b) => a.number - b.number)) {
      if (!files.has(item.file)) files.set(item.file, []);
      files.get(item.file).push(item);
    }
    return [...files].map(([name, members]) => {
      const box = byCode[0].cloneNode();
      const parts = ["summary", "h3", "bdi", "ol"].map((tag) => document.createElement(tag));
      const [summary, head, bdi, ol] = parts;
      bdi.textContent = name;
      head.append(bdi);
      summary.append(head);
      ol.setAttribute("role", "list");
      box.append(summary, ol);
      return { box, ol, members };
    });
  }

  /** Put all findings under the codes, or under the files. */
  function regroup() {
    const files = group.value === "file";
    list.className = files ? "by-file" : "by-code";
    if (files) {
      byFile ??= groupsByFile();
      for (const { ol, members } of byFile) ol.append(...members.map((item) => item.li));
      list.replaceChildren(...byFile.map((one) => one.box));
    } else {
      for (const { home, li } of items) home.append(li);
      list.replaceChildren(...byCode);
    }
  }

  function filter() {
    const wanted = text.value.trim().toLowerCase();
    const inFile = file.value.trim().toLowerCase();
    let count = 0;
    for (const item of items) {
      const fits = (!severity.value || item.severity === severity.value)
        && (!code.value || item.code === code.value)
        && item.file.toLowerCase().includes(inFile)
        && item.text.includes(wanted);
      item.li.hidden = !fits;
      count += fits;
    }
    const filtered = Boolean(wanted || inFile || severity.value);
    for (const box of list.children) {
      box.open = open || Boolean(code.value) || (filtered && count <= most);
      box.hidden = !box.querySelector("ol > li:not([hidden])");
      const more = box.querySelector(".more");
      if (more) more.hidden = Boolean(wanted || inFile);
    }
    const left = total - items.length;
    shown.textContent = (count ? `${format(count)} of ${format(items.length)} findings` : "No finding matches the filters")
      + (left ? `; ${format(left)} more are not in this page` : "");
  }

  /** Keep the filters in the address, so that it can be sent to others. */
  function remember() {
    const values = new URLSearchParams();
    for (const control of controls) if (control.value) values.set(control.name, control.value);
    const hash = values.size ? `#${values}` : location.pathname + location.search;
    history.replaceState(null, "", hash);
  }

  function set(values) {
    const grouped = group.value;
    for (const control of controls) control.value = values.get(control.name) ?? "";
    for (const control of [severity, code, group]) if (control.selectedIndex < 0) control.value = "";
    if (group.value !== grouped) regroup();
    filter();
  }

  /** Follow an address: filters, or the anchor of a finding or of an explanation. */
  function follow() {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      set(new URLSearchParams(hash));
      document.getElementById("findings").scrollIntoView();
      return;
    }
    const target = hash && document.getElementById(hash);
    if (!target) return;
    if (target.hidden) set(new URLSearchParams());
    const details = target.closest("details");
    if (details) details.open = true;
    target.scrollIntoView();
  }

  /** Turn the content of a cell into a link that shows only its findings. */
  function link(cell, name, value) {
    const a = document.createElement("a");
    a.href = `#${new URLSearchParams([[name, value]])}`;
    a.append(...cell.childNodes);
    cell.append(a);
  }
  for (const row of document.querySelectorAll(".files tbody tr")) {
    link(row.cells[0], "file", row.cells[0].textContent);
  }
  for (const row of document.querySelectorAll(".codes tbody tr")) {
    link(row.cells[3], "code", row.querySelector("div[id]").id);
  }

  form.addEventListener("input", (event) => {
    if (event.target === group) regroup();
    filter();
    remember();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    set(new URLSearchParams());
    remember();
    text.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    text.focus();
  });
  addEventListener("hashchange", follow);
  form.hidden = false;
  filter();
  follow();
})();
