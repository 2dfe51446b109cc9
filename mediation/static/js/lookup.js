// Shows the cases that already exist while somebody writes a party or a right number.
//
//   <input data-lookup-url="/cases/similar" data-lookup-name="name" data-lookup-into="similar-applicant">
//   <div id="similar-applicant" aria-live="polite" data-lookup-region></div>
//
// What is written may be somebody's name, so it is sent in a body with the form's token, never in an address.
// The server answers with a fragment of HTML made by our own templates (autoescaped); an empty answer empties the place. Without
// data-lookup-into the region is the next one in the same form. Nothing depends on it: the server checks again.

const WAIT = 350;
const LEAST = 2;

function region(input) {
  const named = input.dataset.lookupInto;
  return named ? document.getElementById(named) : input.closest("form")?.querySelector("[data-lookup-region]");
}

const pending = new WeakMap();

async function ask(input) {
  const place = region(input);
  if (!place) {
    return;
  }
  pending.get(place)?.abort();
  const text = input.value.trim();
  if (text.length < LEAST) {
    place.replaceChildren();
    return;
  }
  const url = new URL(input.dataset.lookupUrl, window.location.href);
  if (url.origin !== window.location.origin) {
    return;
  }
  const body = new URLSearchParams({ [input.dataset.lookupName ?? "q"]: text });
  const token = input.form?.querySelector("input[name=csrf_token]")?.value ?? "";
  const control = new AbortController();
  pending.set(place, control);
  try {
    const answer = await fetch(url, { method: "POST", body, signal: control.signal, headers: { "X-CSRFToken": token } });
    if (!answer.ok || answer.redirected) {
      place.replaceChildren();
      return;
    }
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...parsed.body.childNodes);
  } catch (error) {
    if (error.name !== "AbortError") {
      place.replaceChildren();
    }
  }
}

const timers = new WeakMap();

// Rows may be added later: one listener on the page. Text being composed with an input method is not asked for.
document.addEventListener("input", (event) => {
  const input = event.target.closest?.("[data-lookup-url]");
  if (!input || event.isComposing) {
    return;
  }
  window.clearTimeout(timers.get(input));
  timers.set(input, window.setTimeout(() => ask(input), WAIT));
});

document.addEventListener("compositionend", (event) => {
  const input = event.target.closest?.("[data-lookup-url]");
  if (input) {
    ask(input);
  }
});
