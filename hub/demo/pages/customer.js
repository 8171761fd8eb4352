import { TIERS, element, feedItem, follow, language, post, texts } from "./common.js";

const words = texts({
  "zh-CN": {
    title: "客户桌面", doors: "返回", lead: "您现在是客户。这里的一切都走真实的渠道；对方是演示里的同事——或另一个窗口里的您自己。",
    who: "您是谁", phone: "电话", call: "拨打热线", hang_up: "挂断", say: "说", say_hint: "您在电话里说的话（以字幕送出）",
    chat: "网页聊天", send: "发送", end_chat: "结束聊天", mail: "邮件", send_mail: "发送新邮件", reply: "回复上一封",
    subject: "主题", mail_hint: "正文", fax: "传真", fax_hint: "传真页上的文字", send_fax: "发送传真", answers: "您说的与听到的",
    nothing: "还没有。点左边任何一个按钮：文字已经替您写好，也可以改。",
    gold: "金牌客户", standard: "普通客户", unknown: "陌生客户", stranger: "没人认识您：号码不显示，邮箱没见过",
    down: "▲ hub 停了……您发出的会在它回来后送达",
  },
  en: {
    title: "Customer's desk", doors: "Back", lead: "You are a customer now. Everything here goes over the real channels; whoever answers is a colleague of the demo, or yourself in another window.",
    who: "Who you are", phone: "Phone", call: "Call the hotline", hang_up: "Hang up", say: "Say", say_hint: "What you say on the phone (sent as captions)",
    chat: "Web chat", send: "Send", end_chat: "End chat", mail: "Mail", send_mail: "Send a new mail", reply: "Reply to the last one",
    subject: "Subject", mail_hint: "Text", fax: "Fax", fax_hint: "What stands on the page", send_fax: "Send the fax", answers: "What you said and heard",
    nothing: "Nothing yet. Press any button on the desk: the words are already there, and yours to change.",
    gold: "Gold customer", standard: "Standard customer", unknown: "Unknown customer", stranger: "nobody knows you: your number is withheld, your address is new",
    down: "▲ the hub is down… what you send arrives when it is back",
  },
});

const $ = (id) => document.querySelector(`#${id}`);
const samples = (await (await fetch("/demo.json")).json()).samples[language()];
let persona = "gold";
const lanes = new Map();

function lane() {
  return `${persona}-${language()}`;
}

function draw() {
  $("personas").replaceChildren(
    ...["gold", "standard", "unknown"].map((key) => {
      const button = element("button", "", words[key]);
      button.type = "button";
      button.setAttribute("aria-pressed", String(key === persona));
      button.onclick = () => {
        persona = key;
        draw();
        [...$("personas").children].find((one) => one.getAttribute("aria-pressed") === "true").focus();
      };
      return button;
    }),
  );
  const me = samples.personas[persona];
  const chip = element("span", persona === "gold" ? "chip gold" : "chip", TIERS[language()][persona] ?? words.unknown);
  const known = persona === "unknown" ? words.stranger : [me.phone, me.email, me.fax].join(" · ");
  $("me").replaceChildren(element("strong", "", me.name), chip, element("span", "muted", known));
  const lines = lanes.get(lane()) ?? [];
  $("feed").replaceChildren(...lines.map(feedItem));
  $("feed").scrollTop = $("feed").scrollHeight;
  heard(lines);
}

/** What can be done now: a mail can be answered once one came. */
function heard(lines) {
  $("nothing").hidden = lines.length > 0;
  $("reply").disabled = !lines.some((line) => line.channel === "email" && ["hub", "agent"].includes(line.who));
}

function act(kind, text = "") {
  return post("/act", { kind, persona, language: language(), text });
}

function sends(id, field, make = (text) => text) {
  $(id).onclick = async () => {
    const text = make($(field).value.trim());
    if (!text) {
      $(field).focus();
      return;
    }
    $(field).value = "";
    await act(id, text);
  };
}

function letter(text) {
  const subject = $("mail_subject").value.trim();
  $("mail_subject").value = "";
  return text || subject ? `${subject}\n${text}` : "";
}

for (const field of ["say", "chat", "mail", "fax"]) $(`${field}_text`).value = samples[field];
$("mail_subject").value = samples.subject;
sends("chat", "chat_text");
sends("fax", "fax_text");
sends("say", "say_text");
sends("mail", "mail_text", letter);
sends("reply", "mail_text", letter);
$("call").onclick = () => act("call");
$("hang_up").onclick = () => act("hang_up");
for (const key of document.querySelectorAll(".key")) key.onclick = () => act("press", key.textContent);
$("end_chat").onclick = () => act("end_chat");
for (const id of ["chat", "say"])
  $(`${id}_text`).onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $(id).click();
    }
  };

draw();
follow(
  (line) => {
    if (!line.lane) return;
    if (!lanes.has(line.lane)) lanes.set(line.lane, []);
    lanes.get(line.lane).push(line);
    if (line.lane !== lane()) return;
    $("feed").append(feedItem(line));
    $("feed").scrollTop = $("feed").scrollHeight;
    heard(lanes.get(lane()));
  },
  (feed) => {
    const talking = feed.on_the_phone.includes(lane());
    $("call").disabled = talking;
    for (const button of document.querySelectorAll(".key, #hang_up, #say")) button.disabled = !talking;
    $("hub").textContent = feed.hub_up ? "" : words.down;
    $("hub").className = "bad";
  },
);
