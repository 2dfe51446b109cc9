// Adds and removes repeated rows in place (macro form.repeat). Without script the same buttons are submitted as
// add_row / remove_row and the server answers with the page.
//
// The names of a row carry its index; a removed index is not given out again. The server reads whatever indexes
// come, in their order.

function renumber(list) {
  list.querySelectorAll(":scope > [data-row]").forEach((row, position) => {
    for (const place of row.querySelectorAll("[data-row-number], [data-row-word]")) {
      place.textContent = String(position + 1);
    }
  });
}

function nextIndex(list, name) {
  const pattern = new RegExp(`^${name.replace(/[^\w]/g, "\\$&")}-(\\d+)`);
  let highest = -1;
  for (const control of list.querySelectorAll("[name], [value]")) {
    for (const text of [control.getAttribute("name"), control.getAttribute("value")]) {
      const found = pattern.exec(text ?? "");
      if (found) {
        highest = Math.max(highest, Number(found[1]));
      }
    }
  }
  return highest + 1;
}

function say(container, what) {
  const status = container.querySelector("[data-rows-status]");
  if (status) {
    status.textContent = status.dataset[what] ?? "";
  }
}

for (const container of document.querySelectorAll("[data-rows]")) {
  const list = container.querySelector("[data-rows-list]");
  const template = container.querySelector(":scope > template");
  if (!list || !template) {
    continue;
  }
  let next = nextIndex(list, container.dataset.rows);

  container.addEventListener("click", (event) => {
    const add = event.target.closest("[data-row-add]");
    const remove = event.target.closest("[data-row-remove]");
    if (add && add.closest("[data-rows]") === container) {
      event.preventDefault();
      const row = template.content.firstElementChild.cloneNode(true);
      for (const element of [row, ...row.querySelectorAll("*")]) {
        for (const attribute of [...element.attributes]) {
          if (attribute.value.includes("__index__")) {
            element.setAttribute(attribute.name, attribute.value.replaceAll("__index__", String(next)));
          }
        }
      }
      next += 1;
      list.append(row);
      renumber(list);
      row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      say(container, "added");
    } else if (remove && remove.closest("[data-rows]") === container) {
      event.preventDefault();
      const row = remove.closest("[data-row]");
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      renumber(list);
      (neighbour?.querySelector("[data-row-remove]") ?? container.querySelector("[data-row-add]")).focus();
      say(container, "removed");
    }
  });
}
