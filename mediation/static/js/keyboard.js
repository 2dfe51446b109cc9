// "/" goes to the search box, Escape closes the account panel, a page with errors starts at its summary.
// Holds no behaviour a page needs: all of it works without script.

const EDITABLE = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest(EDITABLE)) {
    const search = document.querySelector("[data-search]");
    if (search && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if (event.key === "Escape") {
    const account = document.querySelector("[data-account][open]");
    if (account) {
      account.open = false;
      account.querySelector("summary").focus();
    }
  }
});

document.addEventListener("click", (event) => {
  const account = document.querySelector("[data-account][open]");
  if (account && !account.contains(event.target)) {
    account.open = false;
  }
});

document.querySelector("[data-focus]")?.focus();
