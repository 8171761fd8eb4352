// The shop's own script: which language is shown, and "Ask us" opens the chat.
(() => {
  const asked = new URLSearchParams(location.search).get("lang");
  let kept = null;
  try {
    if (asked) localStorage.setItem("shop language", asked);
    kept = localStorage.getItem("shop language");
  } catch {
    // Storage is forbidden: the browser's language decides each time.
  }
  const wanted = asked || kept || navigator.language;
  const language = /^zh/i.test(wanted) ? "zh-CN" : "en";
  document.documentElement.lang = language;

  addEventListener("DOMContentLoaded", () => {
    document.getElementById("language").addEventListener("click", () => {
      location.search = `?lang=${language === "en" ? "zh-CN" : "en"}`;
    });
    for (const button of document.querySelectorAll("[data-chat]")) {
      button.addEventListener("click", () => window.ContactHub?.open());
    }
  });
})();
