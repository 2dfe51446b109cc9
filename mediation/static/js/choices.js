// Keeps a list in step with the fields it depends on: the acts of the statute follow the kind of right and the day.
//
//   <select id="infringing_act" data-choices-from="/cases/acts">
//   <select name="kind" data-choices-of="infringing_act">
//
// The server answers with a page that holds the list; the present choice stays when it is still on offer. Without
// script a button asks for the same; with it the button is not needed.

const pending = new WeakMap();

async function refresh(list) {
  const url = new URL(list.dataset.choicesFrom, window.location.href);
  if (url.origin !== window.location.origin) {
    return;
  }
  for (const source of document.querySelectorAll(`[data-choices-of="${list.id}"]`)) {
    url.searchParams.set(source.name, source.value);
  }
  pending.get(list)?.abort();
  const control = new AbortController();
  pending.set(list, control);
  try {
    const answer = await fetch(url, { signal: control.signal, headers: { "X-Requested-With": "choices" } });
    if (!answer.ok || answer.redirected) {
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const options = page.querySelectorAll("select > option");
    const chosen = list.value;
    list.replaceChildren(...options);
    list.value = [...list.options].some((option) => option.value === chosen) ? chosen : "";
  } catch (error) {
    if (error.name !== "AbortError") {
      throw error;
    }
  }
}

document.addEventListener("change", (event) => {
  const list = document.getElementById(event.target.dataset?.choicesOf ?? "");
  if (list?.dataset.choicesFrom) {
    refresh(list);
  }
});

for (const button of document.querySelectorAll("[data-choices-button]")) {
  button.hidden = true;
}
