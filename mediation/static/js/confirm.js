// A form (or one of its buttons) with data-confirm="Sentence" asks before it is sent.
// data-confirm-yes and data-confirm-no name the two answers (else those of <body>); without script the form is sent at once,
// so a step that cannot be undone also needs its own page.

let dialog = null;

function build() {
  const made = document.createElement("dialog");
  made.className = "ask";
  made.setAttribute("aria-labelledby", "ask-sentence");
  const sentence = document.createElement("p");
  sentence.id = "ask-sentence";
  sentence.className = "ask-sentence";
  const answers = document.createElement("form");
  answers.method = "dialog";
  answers.className = "form-buttons";
  const yes = document.createElement("button");
  yes.value = "yes";
  yes.className = "btn btn-danger";
  const no = document.createElement("button");
  no.value = "no";
  no.className = "btn btn-outline-primary";
  no.autofocus = true;
  answers.append(yes, no);
  made.append(sentence, answers);
  document.body.append(made);
  return { made, sentence, yes, no };
}

function words(form, submitter) {
  const asked = submitter?.dataset.confirm ? submitter : form;
  return {
    sentence: asked.dataset.confirm,
    yes: asked.dataset.confirmYes ?? document.body.dataset.confirmYes,
    no: asked.dataset.confirmNo ?? document.body.dataset.confirmNo,
  };
}

// In the capture phase: before submit.js, which then sees a submission that was prevented.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const { sentence, yes, no } = words(form, event.submitter);
  if (!sentence || form.dataset.confirmed) {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  const submitter = event.submitter;
  dialog ??= build();
  dialog.sentence.textContent = sentence;
  dialog.yes.textContent = yes;
  dialog.no.textContent = no;
  dialog.made.returnValue = "no";
  dialog.made.addEventListener("close", () => {
    if (dialog.made.returnValue === "yes") {
      form.dataset.confirmed = "yes";
      form.requestSubmit(submitter ?? undefined);
    } else {
      submitter?.focus();
    }
  }, { once: true });
  dialog.made.showModal();
}, true);
