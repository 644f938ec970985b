// The line between two pictures follows a slider, and the pointer over the pictures.
for (const wipe of document.querySelectorAll("[data-wipe]")) {
  const slider = wipe.querySelector("input");
  const pictures = wipe.querySelector(".wipe-pictures");
  const show = () => pictures.style.setProperty("--line", `${slider.value}%`);
  slider.addEventListener("input", show);
  const follow = (event) => {
    if (event.type === "pointermove" && event.pointerType !== "mouse" && !event.buttons) return;
    const box = pictures.getBoundingClientRect();
    slider.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    show();
  };
  pictures.addEventListener("pointerdown", follow);
  pictures.addEventListener("pointermove", follow);
  show();
}
