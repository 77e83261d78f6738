// Parts of a page come from the server by htmx. A session that was locked meanwhile is opened in place, as everywhere.
// Whoever had the focus in what is replaced goes on from there with the next key.

import { unlockFor } from "./http.js";

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const reason = ctx.sourceElement.closest("[data-reason]")?.dataset.reason;
  if (reason) ctx.request.headers["X-Access-Reason"] = encodeURIComponent(reason);
  ctx.fetch = async (address, request) => {
    const answer = await fetch(address, request);
    return answer.status === 401 && (await unlockFor(answer.clone())) ? fetch(address, request) : answer;
  };
});

let held;
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  held = tasks.map(({ target }) => target).find((target) => target?.contains?.(document.activeElement));
});
document.addEventListener("htmx:after:swap", () => {
  if (!held?.isConnected || document.activeElement !== document.body) return;
  held.tabIndex = -1;
  held.focus({ preventScroll: true });
});
