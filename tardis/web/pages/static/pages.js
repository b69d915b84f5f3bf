// The time slider: a range over the moments that the page's list names. Without this the list
// and its button do the same. A page is fetched and its main part put in place, so the slider
// keeps the focus and arrow keys travel on.
"use strict";
(() => {
  const WAIT = 180;
  let pending = null;
  let timer = 0;

  const address = (form, value) => {
    const target = new URL(form.action);
    for (const [name, given] of new FormData(form)) target.searchParams.set(name, given);
    target.searchParams.set("set", value);
    return target.href;
  };

  const show = async (target, { push = true, focus = "" } = {}) => {
    if (pending) pending.abort();
    const mine = (pending = new AbortController());
    const main = document.querySelector("main");
    main.classList.add("loading");
    try {
      const answer = await fetch(target, { signal: mine.signal, credentials: "same-origin" });
      const type = answer.headers.get("Content-Type") || "";
      if (!answer.ok || !type.startsWith("text/html")) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = fresh.querySelector("main");
      if (!part) throw new Error("no page");
      document.title = fresh.title;
      for (const name of ["header.top nav"]) {
        const [old, other] = [document.querySelector(name), fresh.querySelector(name)];
        if (old && other) old.replaceWith(other);
      }
      main.replaceWith(part);
      if (push) history.pushState({ travelled: true }, "", answer.url);
      prepare();
      const next = focus && (part.querySelector(focus) || part.querySelector("#moment"));
      if (next) next.focus({ preventScroll: true });
    } catch (trouble) {
      if (trouble.name !== "AbortError") location.assign(target);
    } finally {
      if (pending === mine) pending = null;
    }
  };

  const slider = (form) => {
    const list = form.querySelector("select");
    const label = form.querySelector("label");
    const range = document.createElement("input");
    const now = form.closest(".time")?.querySelector(".now .set");
    range.type = "range";
    range.id = "moment";
    range.min = 0;
    range.max = list.options.length - 1;
    range.value = list.selectedIndex;
    range.step = 1;
    range.disabled = list.options.length < 2;
    range.setAttribute("aria-label", label.textContent);
    const tell = () => {
      const words = list.options[range.value].text;
      range.setAttribute("aria-valuetext", words);
      range.title = words;
      if (now && Number(range.value) !== list.selectedIndex) now.textContent = "→ " + words;
    };
    const go = () => {
      if (Number(range.value) === list.selectedIndex) return;
      show(address(form, list.options[range.value].value), { focus: "#moment" });
    };
    range.addEventListener("input", tell);
    range.addEventListener("change", () => {
      clearTimeout(timer);
      timer = setTimeout(go, WAIT);
    });
    list.tabIndex = -1;
    list.setAttribute("aria-hidden", "true");
    form.querySelector("button").tabIndex = -1;
    form.querySelector("button").setAttribute("aria-hidden", "true");
    form.append(range);
    form.classList.add("slides");
    tell();
  };

  const prepare = () => {
    for (const form of document.querySelectorAll("form[data-slider]")) slider(form);
  };

  document.addEventListener("click", (event) => {
    const step = event.target.closest?.("a.step");
    if (!step || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(step.href, { focus: `a.step[rel=${step.rel}]` });
  });
  window.addEventListener("popstate", () => show(location.href, { push: false }));
  prepare();
})();
