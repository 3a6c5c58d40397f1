// Small conveniences of every page. Each page works without them.
(function () {
  "use strict";

  function each(root, selector, call) {
    if (root.matches && root.matches(selector)) call(root);
    root.querySelectorAll(selector).forEach(call);
  }

  // Questions before a form is sent: <form data-confirm="…">.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var question = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // A file over the limit is told before it is sent: <input type="file" data-most="bytes" data-most-said="…">.
  function tooLarge(input) {
    var most = Number(input.dataset.most);
    var over = Array.prototype.some.call(input.files || [], function (file) { return file.size > most; });
    var said = input.parentNode.querySelector("[data-most-told]");
    if (over && !said) {
      said = document.createElement("div");
      said.className = "lt-error";
      said.dataset.mostTold = "";
      said.setAttribute("role", "alert");
      said.appendChild(document.createElement("p")).textContent = input.dataset.mostSaid;
      input.parentNode.appendChild(said);
    } else if (!over && said) {
      said.remove();
    }
    return over;
  }
  document.addEventListener("change", function (event) {
    if (event.target.matches("input[type=file][data-most]")) tooLarge(event.target);
  });
  document.addEventListener("submit", function (event) {
    var inputs = event.target.querySelectorAll("input[type=file][data-most]");
    if (Array.prototype.filter.call(inputs, tooLarge).length) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // One press of a button sends a form once: <form data-once>.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.classList.add("lt-sending");
  });
  window.addEventListener("pageshow", function () {
    each(document, "form[data-sent]", function (form) {
      delete form.dataset.sent;
      form.classList.remove("lt-sending");
    });
  });

  // Filters: empty fields stay out of the address.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-filter") || window.htmx) return;
    Array.prototype.forEach.call(form.elements, function (element) {
      if (element.name && element.value === "") element.disabled = true;
    });
  });
  document.addEventListener("htmx:configRequest", function (event) {
    var detail = event.detail;
    if (!detail.elt.matches("form[data-filter]")) return;
    var full = detail.formData;
    if (full && full.keys) {
      Array.from(full.keys()).forEach(function (name) {
        var values = full.getAll(name).filter(function (value) { return value !== ""; });
        full.delete(name);
        values.forEach(function (value) { full.append(name, value); });
      });
    }
  });
  // After sorting or paging, the filter form knows the new order and size.
  document.addEventListener("htmx:pushedIntoHistory", function () {
    var query = new URLSearchParams(window.location.search);
    each(document, "[data-keep]", function (input) {
      input.value = query.get(input.dataset.keep) || "";
    });
  });
  // A lost login or a failed server must not stay silent.
  document.addEventListener("htmx:responseError", function () {
    window.location.reload();
  });

  function start(root) {
    if (window.matchMedia("(max-width: 767.98px)").matches) {
      each(root, "details[data-fold-phone]", function (element) { element.open = false; });
    }
    each(root, "form[method=post] [data-focus]", function (element) { element.focus({ preventScroll: false }); });
    each(root, "[data-password]", function (box) {
      var input = box.querySelector("input");
      var button = box.querySelector("button");
      if (!input || !button || box.dataset.ready) return;
      box.dataset.ready = "1";
      button.hidden = false;
      function show(visible) {
        input.type = visible ? "text" : "password";
        button.setAttribute("aria-pressed", visible ? "true" : "false");
        button.setAttribute("aria-label", visible ? button.dataset.hide : button.dataset.show);
        button.querySelector("i").className = visible ? "ti ti-eye-off" : "ti ti-eye";
      }
      show(false);
      button.addEventListener("click", function () { show(input.type === "password"); });
    });
    // Where the navigation is longer than the screen, the page that is open is in sight.
    each(root, ".lt-nav-link.active", function (link) {
      var box = link.closest(".lt-side-inner");
      var below = box ? link.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom : 0;
      if (below > 0) box.scrollTop += below + box.clientHeight / 3;
    });
    each(root, "[data-fade]", function (element) {
      window.setTimeout(function () { element.classList.add("lt-faded"); }, 6000);
      window.setTimeout(function () { element.remove(); }, 6600);
    });
    // Marked places: a link to #span-10-20 brings the place into view and makes it blink.
    each(root, "a[data-mark]", function (link) {
      link.addEventListener("click", function (event) {
        var place = document.getElementById(link.getAttribute("href").slice(1));
        if (!place) return;
        event.preventDefault();
        place.scrollIntoView({ block: "center", behavior: "smooth" });
        document.querySelectorAll(".lt-mark-now").forEach(function (old) { old.classList.remove("lt-mark-now"); });
        place.classList.add("lt-mark-now");
      });
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-switch]");
    if (!button) return;
    var root = document.documentElement;
    var theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", theme);
    try {
      window.localStorage.setItem("lantian-theme", theme);
    } catch (error) {
      // storage is switched off: the choice lasts for this page
    }
    document.dispatchEvent(new CustomEvent("lantian:theme"));
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) window.print();
  });

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { start(document); });
  } else {
    start(document);
  }
  document.addEventListener("htmx:load", function (event) {
    if (event.detail.elt !== document.body) start(event.detail.elt);
  });
})();
