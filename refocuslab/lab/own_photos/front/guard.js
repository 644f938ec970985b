// Before the app's page is left, who would lose something is asked; then Voilà takes leave of the kernel.
// Voilà does so at the question already, whatever the answer: this must listen before it does.
(() => {
  let held = false;
  addEventListener("beforeunload", (event) => {
    held = event.isTrusted && !document.dispatchEvent(new Event("refocuslab-leaving", { cancelable: true }));
    if (!held) return;
    event.stopImmediatePropagation();
    event.preventDefault();
  });
  addEventListener("pagehide", () => held && dispatchEvent(new Event("beforeunload")));
})();
