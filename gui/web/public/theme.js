// Sets the chosen look before the first paint. Kept apart from the page's own
// script because that one runs after the first paint; src/app/appearance.ts
// writes what is read here.
(function () {
  var look = {};
  try {
    look = JSON.parse(localStorage.getItem("conclave.look") || "{}");
  } catch {
    // Storage may be forbidden; the system's look is the default then.
  }
  var data = document.documentElement.dataset;
  for (var name of ["theme", "density", "text"]) {
    if (typeof look[name] === "string") data[name] = look[name];
  }
  var more = matchMedia("(prefers-contrast: more)").matches;
  data.contrast = look.contrast === "high" || (look.contrast !== "normal" && more) ? "high" : "normal";
})();
