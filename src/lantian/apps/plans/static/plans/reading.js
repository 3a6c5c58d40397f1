// Text and fields side by side: a field lights its place in the text, a place in the text opens its field.
(function () {
  "use strict";

  function split() { return document.querySelector("[data-split]"); }

  function show(pane) {
    var root = split();
    if (!root) return;
    root.dataset.show = pane;
    root.querySelectorAll("[data-pane]").forEach(function (button) {
      button.setAttribute("aria-pressed", button.dataset.pane === pane ? "true" : "false");
    });
  }

  function chunkAt(offset) {
    return Array.prototype.find.call(document.querySelectorAll(".pl-chunk"), function (chunk) {
      return Number(chunk.dataset.from) <= offset && offset < Number(chunk.dataset.to);
    });
  }

  function clear(name) {
    document.querySelectorAll("." + name).forEach(function (element) { element.classList.remove(name); });
  }

  function light(start, end) {
    var chunk = chunkAt(start);
    if (!chunk) return;
    if (chunk.classList.contains("pl-chunk-wait")) {
      chunk.addEventListener("htmx:afterSwap", function () {
        chunk.classList.remove("pl-chunk-wait");
        light(start, end);
      }, { once: true });
      if (window.htmx) window.htmx.trigger(chunk, "pl:need");
      return;
    }
    clear("pl-lit");
    var pieces = Array.prototype.filter.call(document.querySelectorAll(".pl-chunk [data-s]"), function (piece) {
      return Number(piece.dataset.s) < end && Number(piece.dataset.e) > start;
    });
    pieces.forEach(function (piece) { piece.classList.add("pl-lit"); });
    if (pieces.length) {
      show("text");
      var pane = document.querySelector("[data-text]");
      var place = pieces[0].getBoundingClientRect();
      var frame = pane.getBoundingClientRect();
      var inside = pane.scrollHeight > pane.clientHeight + 4;
      if (inside) {
        pane.scrollTo({ top: pane.scrollTop + place.top - frame.top - frame.height / 3, behavior: smooth() });
      } else {
        pieces[0].scrollIntoView({ block: "center", behavior: smooth() });
      }
    }
  }

  function smooth() {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  }

  function find(keys) {
    for (var index = 0; index < keys.length; index += 1) {
      var found = document.querySelector('[data-fields] [data-key="' + window.CSS.escape(keys[index]) + '"]');
      if (found) return found;
    }
    return null;
  }

  document.addEventListener("click", function (event) {
    var pane = event.target.closest("[data-pane]");
    if (pane) {
      show(pane.dataset.pane);
      return;
    }
    var go = event.target.closest("[data-goto]");
    if (go) {
      event.preventDefault();
      var ends = go.dataset.goto.split("-").map(Number);
      light(ends[0], ends[1]);
      return;
    }
    var mark = event.target.closest(".pl-chunk mark[data-k]");
    if (!mark || String(window.getSelection()).length) return;
    var keys = mark.dataset.k.split(" ").filter(Boolean);
    var entry = find(keys);
    if (!entry) {
      var task = keys.find(function (key) { return key.charAt(0) === "t"; });
      if (task && document.querySelector('[data-add-list="task"]')) window.location.search = "?entry=" + task;
      return;
    }
    show("fields");
    clear("pl-current");
    entry.classList.add("pl-current");
    entry.scrollIntoView({ block: "center", behavior: smooth() });
    entry.focus({ preventScroll: true });
  });

  document.addEventListener("htmx:afterSwap", function (event) {
    var chunk = event.detail.target;
    if (chunk && chunk.classList && chunk.classList.contains("pl-chunk")) chunk.classList.remove("pl-chunk-wait");
  });

  function start() {
    var root = split();
    if (!root) return;
    var at = (root.dataset.at || "").split("-").map(Number);
    if (at.length === 2 && at[1] > at[0]) light(at[0], at[1]);
    var wanted = new URLSearchParams(window.location.search).get("entry");
    if (wanted) {
      var entry = find([wanted]);
      if (entry) {
        show("fields");
        entry.classList.add("pl-current");
        entry.scrollIntoView({ block: "center" });
      }
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
