"use strict";
// Filters, sorts and unfolds what the page already has; without this script everything is readable.
const form = document.getElementById("filters");
const list = document.getElementById("list");
const shown = document.getElementById("shown");
const severities = ["critical", "high", "medium", "low", "info"];
// Read once: the text of ten thousand findings is not gathered again at every key.
const controls = Array.from(list.children, (element, order) => ({
  element, order, ...element.dataset,
  benchmarks: element.dataset.benchmark.split(" "),
  frameworks: element.dataset.framework.split(" "),
  text: Array.from(element.children).filter((child) => !child.matches(".finding")).map((child) => child.textContent).join(" ").toLowerCase(),
  findings: Array.from(element.querySelectorAll(".finding"), (finding) =>
    ({ element: finding, ...finding.dataset, text: finding.textContent.toLowerCase() })),
}));

const number = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function filter() {
  const wanted = Object.fromEntries(new FormData(form));
  const text = wanted.text.trim().toLowerCase();
  const of_findings = ["severity", "standing", "cluster"].filter((name) => wanted[name] !== "");
  let visible = 0;
  let findings = 0;
  for (const control of controls) {
    const fits = (wanted.outcome === "" || control.outcome === wanted.outcome)
      && (wanted.benchmark === "" || control.benchmarks.includes(wanted.benchmark))
      && (wanted.framework === "" || control.frameworks.includes(wanted.framework));
    const named = control.text.includes(text);
    let own = 0;
    for (const finding of control.findings) {
      const show = fits && of_findings.every((name) => finding[name] === wanted[name]) && (named || finding.text.includes(text));
      if (finding.element.hidden === show) finding.element.hidden = !show;
      own += show;
    }
    const bare = of_findings.every((name) => name === "severity" && control.severity === wanted.severity);
    const show = own > 0 || (fits && named && bare);
    if (control.element.hidden === show) control.element.hidden = !show;
    visible += show;
    findings += own;
  }
  shown.textContent = `${number(visible, "control")}, ${number(findings, "finding")}`;
}

const orders = {
  "": (a, b) => a.order - b.order,
  severity: (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.order - b.order,
  findings: (a, b) => b.findings.length - a.findings.length || a.order - b.order,
  id: (a, b) => (a.id < b.id ? -1 : 1),
};

function sort() {
  list.append(...controls.toSorted(orders[form.elements.sort.value]).map((control) => control.element));
}

const open = (is_open) => controls.forEach((control) => { control.element.open = is_open; });

let waiting;
form.addEventListener("input", (event) => {
  if (event.target.name === "sort") return sort();
  clearTimeout(waiting);
  waiting = setTimeout(filter, event.target.name === "text" ? 120 : 0);
});
form.addEventListener("reset", () => setTimeout(() => { sort(); filter(); }));
form.addEventListener("submit", (event) => event.preventDefault());
form.elements.unfold.addEventListener("click", (event) => {
  const is_open = event.target.textContent === "Open all";
  event.target.textContent = is_open ? "Close all" : "Open all";
  open(is_open);
});
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
