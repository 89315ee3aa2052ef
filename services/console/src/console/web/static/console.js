// What pages do by themselves: the menu on small screens, parts that change, and a word before typed things are lost.

function foldMenu() {
  const button = document.querySelector(".menu-button");
  const menu = document.getElementById("menu");
  if (!button || !menu) return;
  const narrow = matchMedia("(max-width: 52rem)");
  const set = (open) => {
    menu.classList.toggle("folded", narrow.matches && !open);
    button.setAttribute("aria-expanded", String(open));
    button.hidden = !narrow.matches;
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
  narrow.addEventListener("change", () => set(false));
  set(false);
}

// Text that was typed and neither sent nor taken back is not left without a word.
function guardForms() {
  for (const form of document.querySelectorAll("form[data-guard]")) {
    const typed = () => new URLSearchParams(new FormData(form)).toString();
    const before = "unsaved" in form.dataset ? null : typed(); // shown again with what was typed
    const mark = form.querySelector(".unsaved");
    let isSent = false;
    form.addEventListener("submit", () => { isSent = true; });
    const isChanged = () => !isSent && typed() !== before;
    const show = () => { if (mark) mark.hidden = !isChanged(); };
    form.addEventListener("input", show);
    show();
    addEventListener("beforeunload", (event) => { if (isChanged()) event.preventDefault(); });
  }
}

function offerCopies() {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue; // only over https, or on this machine
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
      button.textContent = button.dataset.done;
    });
  }
}

// A file is read into a text field, which can be looked at before it is sent.
function readFiles() {
  for (const input of document.querySelectorAll("input[type=file][data-into]")) {
    input.closest(".field").hidden = false;
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (file) document.getElementById(input.dataset.into).value = await file.text();
    });
  }
}

// What a person had done in a part that is replaced: each returns what does it again in the new one.
const inOrder = (part, kind) => [...part.querySelectorAll(kind)];
const known = (each) => [each.tagName, each.id, each.name, each.getAttribute("href"), each.getAttribute("aria-label") ?? each.innerText].join("\n");

function keepFocus(part) {
  const focused = document.activeElement;
  if (!part.contains(focused) || focused === part) return () => {};
  const same = () => inOrder(part, focused.tagName).filter((each) => known(each) === name);
  const name = known(focused);
  const place = same().indexOf(focused);
  return () => {
    part.tabIndex = -1; // where it goes when the focused thing is gone
    (same()[place] ?? part).focus({ preventScroll: true });
  };
}

function keepTyped(part) {
  const typed = inOrder(part, "input, textarea").filter((each) => each.id && (each.checked !== each.defaultChecked || each.value !== each.defaultValue));
  return () => {
    for (const { id, value, checked } of typed) {
      const field = document.getElementById(id);
      if (field) Object.assign(field, field.type === "checkbox" || field.type === "radio" ? { checked } : { value });
    }
  };
}

function keepScrolled(part) {
  const places = inOrder(part, ".scroll").map((each) => [each.scrollLeft, each.scrollTop]);
  return () => inOrder(part, ".scroll").forEach((each, place) => each.scrollTo(...(places[place] ?? [0, 0])));
}

function keepOpen(part) {
  const open = inOrder(part, "details[open][id]").map((each) => each.id);
  return () => open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
}

function follow(main) {
  const state = document.querySelector(".live-state");
  let source = null;
  const say = (text) => { state.textContent = text; state.hidden = !text; };
  const close = () => { source?.close(); source = null; };
  const replace = ({ id, html }) => {
    const part = document.getElementById(id);
    if (!part) return;
    const again = [keepFocus, keepTyped, keepScrolled, keepOpen].map((keep) => keep(part));
    part.innerHTML = html; // rendered and escaped by the console, as the page itself
    for (const restore of again) restore();
  };
  const rest = () => {
    close();
    say(state.dataset.paused);
    const resume = () => { removeEventListener("pointermove", resume); removeEventListener("keydown", resume); open(); };
    addEventListener("pointermove", resume);
    addEventListener("keydown", resume);
  };
  const open = () => {
    if (source) return;
    say("");
    source = new EventSource(main.dataset.live);
    source.addEventListener("part", (event) => replace(JSON.parse(event.data)));
    source.addEventListener("end", () => { close(); main.dataset.live = ""; });
    source.addEventListener("pause", rest);
    source.addEventListener("error", () => { if (source?.readyState === EventSource.CLOSED) { close(); say(state.dataset.gone); } });
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (main.dataset.live) open();
  });
  open();
}

foldMenu();
guardForms();
offerCopies();
readFiles();
const main = document.querySelector("main[data-live]");
if (main?.dataset.live) follow(main);
