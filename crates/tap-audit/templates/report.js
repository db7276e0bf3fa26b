"use strict";
(function () {
  var byId = function (id) { return document.getElementById(id); };
  var controls = byId("filter");
  if (!controls) { return; }
  var text = byId("filter-text");
  var selects = controls.querySelectorAll("select");
  var shown = byId("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll("#interfaces-table tbody tr"));
  var words = [];
  var timer = 0;

  // What each row says, read once.
  var wordsOf = function (i) {
    if (words[i] === undefined) { words[i] = rows[i].textContent.toLowerCase(); }
    return words[i];
  };

  var apply = function () {
    var wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    rows.forEach(function (row, i) {
      var stays = wanted.every(function (word) { return wordsOf(i).indexOf(word) >= 0; });
      for (var s = 0; stays && s < selects.length; s += 1) {
        var value = selects[s].value;
        stays = value === "" || row.getAttribute(selects[s].getAttribute("data-by")) === value;
      }
      if (row.hidden === stays) { row.hidden = !stays; }
      if (stays) { count += 1; }
    });
    shown.textContent = count + " of " + rows.length + " interfaces shown";
  };

  // Not at every key: a screen reader says the count each time.
  var later = function () {
    clearTimeout(timer);
    timer = setTimeout(apply, 150);
  };

  var clear = function () {
    text.value = "";
    selects.forEach(function (select) { select.value = ""; });
  };

  text.addEventListener("input", later);
  selects.forEach(function (select) { select.addEventListener("change", apply); });
  byId("filter-clear").addEventListener("click", function () {
    clear();
    apply();
    text.focus();
  });
  document.querySelectorAll("button[data-show]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      clear();
      text.value = button.getAttribute("data-show");
      apply();
      byId("interfaces").scrollIntoView();
      text.focus({ preventScroll: true });
    });
  });
  // Paper cannot be opened.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (details) { details.open = true; });
  });
  controls.hidden = false;
  apply();
})();
