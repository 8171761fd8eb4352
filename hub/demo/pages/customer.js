import { element, feedItem, follow, language, post, texts } from "./common.js";

const words = texts({
  "zh-CN": {
    title: "客户桌面", doors: "返回", lead: "您现在是客户。这里的一切都走真实的渠道；对方是演示里的同事——或另一个窗口里的您自己。",
    phone: "电话", call: "拨打热线", hang_up: "挂断", say: "说", say_hint: "您在电话里说的话（以字幕送出）",
    chat: "网页聊天", chat_hint: "您好，我想问一下……", send: "发送", end_chat: "结束聊天",
    mail: "邮件", subject: "主题", mail_hint: "正文", fax: "传真", fax_hint: "传真页上的文字", answers: "您说的与听到的",
    gold: "金牌客户", standard: "普通客户", unknown: "陌生客户",
  },
  en: {
    title: "Customer's desk", doors: "Back", lead: "You are a customer now. Everything here goes over the real channels; whoever answers is a colleague of the demo, or yourself in another window.",
    phone: "Phone", call: "Call the hotline", hang_up: "Hang up", say: "Say", say_hint: "What you say on the phone (sent as captions)",
    chat: "Web chat", chat_hint: "Hello, I would like to ask…", send: "Send", end_chat: "End chat",
    mail: "Mail", subject: "Subject", mail_hint: "Text", fax: "Fax", fax_hint: "What stands on the page", answers: "What you said and heard",
    gold: "Gold customer", standard: "Standard customer", unknown: "Unknown customer",
  },
});

const $ = (id) => document.querySelector(`#${id}`);
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
      };
      return button;
    }),
  );
  $("feed").replaceChildren(...(lanes.get(lane()) ?? []).map(feedItem));
  $("feed").scrollTop = $("feed").scrollHeight;
}

function act(kind, text = "") {
  return post("/act", { kind, persona, language: language(), text });
}

function sends(id, field, make = (text) => text) {
  $(id).onclick = () => {
    const text = make($(field).value.trim());
    if (!text) return;
    act(id, text);
    $(field).value = "";
  };
}

sends("chat", "chat_text");
sends("fax", "fax_text");
sends("say", "say_text");
sends("mail", "mail_text", (text) => {
  const subject = $("mail_subject").value.trim();
  $("mail_subject").value = "";
  return text || subject ? `${subject}\n${text}` : "";
});
$("call").onclick = () => act("call");
$("hang_up").onclick = () => act("hang_up");
$("key1").onclick = () => act("press", "1");
$("key2").onclick = () => act("press", "2");
$("end_chat").onclick = () => act("end_chat");
$("chat_text").onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("chat").click();
  }
};

draw();
follow((line) => {
  if (!line.lane) return;
  if (!lanes.has(line.lane)) lanes.set(line.lane, []);
  lanes.get(line.lane).push(line);
  if (line.lane === lane()) {
    $("feed").append(feedItem(line));
    $("feed").scrollTop = $("feed").scrollHeight;
  }
});
