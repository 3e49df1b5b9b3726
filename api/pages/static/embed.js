/* Tells the page around a card how high it is, in the formats of WordPress and of Datawrapper. A card works without: this only fits its frame. */
"use strict";

(() => {
  const secret = (/secret=([A-Za-z0-9]+)/.exec(window.location.hash) || [])[1];
  const card = document.getElementById("card");
  const id = window.location.pathname;
  let told = 0;

  if (window.parent === window || !card) return;

  function tell() {
    const root = document.documentElement;
    root.classList.add("natural"); // As high as it is where nothing scrolls.
    const height = Math.ceil(card.getBoundingClientRect().height);
    root.classList.remove("natural");
    if (height === told) return;
    told = height;
    if (secret) window.parent.postMessage({ message: "height", value: height, secret }, "*");
    window.parent.postMessage({ "datawrapper-height": { [id]: height } }, "*");
  }

  // In WordPress's sandbox a link can open nothing by itself; WordPress follows those to the site of the card.
  card.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (secret && link) window.parent.postMessage({ message: "link", value: link.href, secret }, "*");
  });

  // WordPress listens only from some time on, and says when.
  window.addEventListener("message", (event) => {
    if (event.source === window.parent && event.data && event.data.message === "ready") {
      told = 0;
      tell();
    }
  });
  new ResizeObserver(tell).observe(card);
  tell();
})();
