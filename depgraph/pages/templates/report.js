(function () {
  "use strict";
  var form = document.getElementById("filter");
  var table = document.getElementById("claims-table");
  if (!form || !table) { return; }
  var rows = Array.prototype.slice.call(table.querySelectorAll("tbody tr"));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  var heads = Array.prototype.map.call(table.querySelectorAll("thead th"), function (head) { return head.textContent; });
  var count = document.getElementById("filter-count");
  function cell(row, name) { return row.cells[heads.indexOf(name)].textContent; }
  function apply() {
    var words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    var product = form.elements.product.value;
    var kind = form.elements.kind.value;
    var shown = 0;
    rows.forEach(function (row, place) {
      var fits = words.every(function (word) { return texts[place].indexOf(word) >= 0; }) &&
        (!product || cell(row, "product") === product) && (!kind || cell(row, "kind") === kind);
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + rows.length + " claims";
  }
  form.addEventListener("input", apply);
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.hidden = false;
  apply();
}());
