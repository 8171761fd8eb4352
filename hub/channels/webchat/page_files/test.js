/** The test page: the widget as a site embeds it, in the language and theme that are asked for. */
const { key } = document.currentScript.dataset;
const asked = new URLSearchParams(location.search);
const script = document.createElement("script");
script.src = `/channels/${key}/widget.js`;
script.dataset.lang = asked.get("lang") ?? navigator.language;
script.dataset.theme = asked.get("theme") ?? "";
script.addEventListener("load", () => window.ContactHub?.open());
document.body.append(script);
