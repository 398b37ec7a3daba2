"use strict";
// Sorts a table by the column whose head is pressed: up, down, then as it was. Rows that stand
// out keep their places, groups their rows; words come after numbers, empty cells last.
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
const NUMBER = 0, WORDS = 1, EMPTY = 2;

function readKey(cell) {
  const text = cell.textContent.trim();
  if ("value" in cell.dataset) return [NUMBER, Number(cell.dataset.value)];
  return text ? [WORDS, text] : [EMPTY, 0];
}

function compare([kind, own], [otherKind, other], sign) {
  if (kind !== otherKind) return kind - otherKind;
  return sign * (kind === WORDS ? collator.compare(own, other) : own - other);
}

function arrange(body, rows, column, sign) {
  const stays = (row) => row.classList.contains("head");
  const loose = rows.filter((row) => !stays(row)).map((row) => [readKey(row.cells[column]), row]);
  if (sign) loose.sort(([own], [other]) => compare(own, other, sign));
  const next = loose.map(([, row]) => row).values();
  body.append(...rows.map((row) => (stays(row) ? row : next.next().value)));
}

for (const table of document.querySelectorAll("table")) {
  const bodies = [...table.tBodies].map((body) => [body, [...body.rows]]);
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort");
      const sign = was === "ascending" ? -1 : was === "descending" ? 0 : 1;
      for (const each of heads) each.removeAttribute("aria-sort");
      if (sign) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      for (const [body, rows] of bodies) arrange(body, rows, column, sign);
    });
  });
}
