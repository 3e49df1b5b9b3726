// Copy buttons. Without scripts there are none, and the texts can be selected.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  const text = button.innerHTML;
  button.addEventListener("click", async () => {
    const texts = button.dataset.copy.split(" ").map((id) => document.getElementById(id).textContent.trim());
    await navigator.clipboard.writeText(texts.length > 1 ? `${texts.join(". ")}.` : texts[0]);
    button.textContent = "Copied";
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { button.innerHTML = text; }, 2000);
  });
}
