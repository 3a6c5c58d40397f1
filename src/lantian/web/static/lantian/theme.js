// Runs before the first paint: light or dark as chosen in this browser, else as the system says.
(function () {
  "use strict";
  var chosen = null;
  try {
    chosen = window.localStorage.getItem("lantian-theme");
  } catch (error) {
    chosen = null; // storage is switched off; the system decides
  }
  var dark = chosen ? chosen === "dark" : false;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
