// The page is whole without this: it adds sorting by the heads of columns, and one button.
"use strict";

const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
document.body.append(said);

function value(row, column) {
  const cell = (row.rows ? row.rows[0] : row).cells[column];
  const text = cell.dataset.value;
  if (text === undefined) return null;
  return cell.matches(".numeric") ? Number(text) : text;
}

// Rows without a value stay last, whichever way the others go.
function compared(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (a === b) return 0;
  return (a < b ? -1 : 1) * direction;
}

function sort(table, head) {
  const first = head.dataset.sort || "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? other : first;
  const direction = order === "ascending" ? 1 : -1;
  const column = head.cellIndex;
  // A feature is a group of two rows.
  const grouped = table.matches(".features");
  const rows = [...(grouped ? table.tBodies : table.tBodies[0].rows)];
  rows.sort((a, b) => compared(value(a, column), value(b, column), direction));
  (grouped ? table : table.tBodies[0]).append(...rows);
  for (const each of head.parentNode.cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  said.textContent = `Sorted by ${head.textContent}, ${order}`;
}

for (const table of document.querySelectorAll("table[data-sortable]")) {
  for (const head of table.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, head));
  }
}

const all = document.createElement("button");
all.type = "button";
all.textContent = "Open all details";
all.addEventListener("click", () => {
  const details = [...document.querySelectorAll(".features details")];
  const open = details.some((each) => !each.open);
  for (const each of details) each.open = open;
  all.textContent = open ? "Close all details" : "Open all details";
});
document.querySelector("#tools").append(all);
