// A page that is open learns that there is something new. It loads itself anew only where nothing would be lost: otherwise it
// says so. Without this script every page works as it is.
"use strict";
(() => {
  const problems = document.getElementById("problems");
  if (problems) problems.focus();
  // A form that is sent is not sent again by a second click.
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      setTimeout(() => delete form.dataset.sent, 3000);
    });
  }
  if (!document.body.hasAttribute("data-live") || !window.EventSource) return;
  const isTouched = () =>
    [...document.querySelectorAll("input:not([type=hidden]), textarea")].some((field) =>
      field.type === "checkbox" || field.type === "radio"
        ? field.checked !== field.defaultChecked
        : field.value !== field.defaultValue);
  const events = new EventSource("/events");
  events.addEventListener("news", () => {
    const isIdle = document.activeElement === document.body || document.activeElement === null;
    if (isIdle && !isTouched() && window.scrollY < 50) return location.replace(location.pathname + "?live");
    const news = document.getElementById("news");
    if (news.firstChild) return;
    const link = document.createElement("a");
    link.href = location.pathname;
    link.textContent = "Something new has come. Show it";
    const line = document.createElement("p");
    line.append(link);
    news.append(line);
  });
})();
