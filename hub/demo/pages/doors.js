import { CHANNELS, TIERS, element, feedItem, follow, language, post, texts } from "./common.js";

const words = texts({
  "zh-CN": {
    demo: "演示", title: "三扇门，一条队列",
    lead: "电话、邮件、网页聊天和传真进入同一条队列，按客户等级的承诺时限排序。",
    agent: "坐席", agent_text: "接受联络，看到客户是谁、以前发生过什么，回复、小结、接下一个。", agent_go: "进入坐席工作台",
    supervisor: "主管", supervisor_text: "实时大屏：谁在等、等多久、为什么还在等、服务水平。", supervisor_go: "进入监控大屏",
    customer: "客户", customer_text: "以金牌、普通或陌生客户的身份打电话、写邮件、聊天、发传真。", customer_go: "打开客户桌面", shop_go: "商城页面",
    three: "三个客户同时来", three_text: "普通客户的邮件、基础客户的聊天、金牌客户的电话依次到达，唯一的同事正在小休。同事回来后先接谁？进来的顺序是错的，接待的顺序是对的。", three_go: "让他们一起来",
    race_in: "进来", race_taken: "第 {place} 个接待", race_waits: "还在等", race_gone: "未接通", race_waited: "等了 {waited} 秒，承诺 {target}",
    race_wait: "三位客户正在路上……", minutes: "{n} 分钟", hours: "{n} 小时", seconds: "{n} 秒",
    kill: "把服务器拔掉", kill_text: "kill -9，就在客户说话的时候。几秒后回来：已确认的一条不少，一条不重。", kill_go: "现在杀死 hub",
    yours: "现在归您", yours_text: "换成您自己的邮箱、网站和电话，逐项测试：每个按钮都像客户一样真的走一遍。",
    how_mailbox: "用任何邮件客户端写信到 127.0.0.1:{port}；正式使用时在 hub.toml 的 [[mail.mailboxes]] 填写 IMAP 和 SMTP。",
    how_widget: "在您的网页里放一行：", how_phone: "正式使用时在此服务入口的设置页连接电话账号，并将号码指向本系统。",
    addresses: "地址与登录", roles: { admin: "管理员", supervisor: "主管", agent: "坐席", specialist: "协办" }, again: "数字核对中……",
    outside: "外面的世界",
    sent: "客户发出", acknowledged: "已确认", stored: "已保存", lost: "丢失", twice: "重复", back: "恢复用时",
    up: "● hub 运行中", down: "▲ hub 停了…", gone: "▲ 演示已结束", test: "测试", testing: "测试中…", check_mailbox: "邮箱：发一封信，收到确认；第二封不再确认", check_widget: "网页聊天：打开一次会话", check_phone: "电话：拨打热线，听到问候",
    console: "工作台", mail: "邮件端口", support: "客服邮箱", fax: "传真邮箱", password: "密码",
  },
  en: {
    demo: "demo", title: "Three doors, one queue",
    lead: "Phone, mail, web chat and fax come into one queue, ordered by how much of each customer's promise is used up.",
    agent: "Agent", agent_text: "Accept contacts, see who the customer is and what happened before, answer, wrap up, get the next one.", agent_go: "Open the console",
    supervisor: "Supervisor", supervisor_text: "The live wallboard: who waits, how long, why still, and the service level.", supervisor_go: "Open the wallboard",
    customer: "Customer", customer_text: "Call, mail, chat and fax as a gold, a standard or an unknown customer.", customer_go: "Open the customer's desk", shop_go: "The shop page",
    three: "Three customers at once", three_text: "A standard mail, a basic chat and a gold call arrive one after another while the one colleague for them is on a break. Who is served first on the return? In wrong, out right.", three_go: "Let them come",
    race_in: "in", race_taken: "taken as no. {place}", race_waits: "still waits", race_gone: "left", race_waited: "waited {waited} s of {target} promised",
    race_wait: "The three are on their way…", minutes: "{n} min", hours: "{n} h", seconds: "{n} s",
    kill: "Pull the plug", kill_text: "kill -9, in the middle of it all. Back in seconds: nothing that was acknowledged is lost, nothing is there twice.", kill_go: "Kill the hub now",
    yours: "Now yours", yours_text: "Put in your own mailbox, site and phone number, and test each: every button goes the real way, as a customer does.",
    how_mailbox: "Write to 127.0.0.1:{port} with any mail client; for real use, fill in IMAP and SMTP under [[mail.mailboxes]] in hub.toml.",
    how_widget: "One line in your own page:", how_phone: "For real use, connect the phone account on the page of this entry point, and point the number here.",
    addresses: "Addresses and sign-in", roles: { admin: "admin", supervisor: "supervisor", agent: "agent", specialist: "specialist" }, again: "Counting…",
    outside: "The world outside",
    sent: "Sent by customers", acknowledged: "Acknowledged", stored: "Stored", lost: "Lost", twice: "Twice", back: "Back after",
    up: "● hub is up", down: "▲ hub is down…", gone: "▲ the demo has ended", test: "Test", testing: "Testing…", check_mailbox: "Mailbox: a mail is acknowledged, a second one is not", check_widget: "Widget: open a chat", check_phone: "Phone: call the hotline, hear the greeting",
    console: "Console", mail: "Mail port", support: "Support address", fax: "Fax address", password: "password",
  },
});

const $ = (id) => document.querySelector(`#${id}`);

function facts(list, pairs) {
  list.replaceChildren();
  for (const [name, value, className] of pairs)
    list.append(element("dt", "", name), element("dd", className, value));
}

const links = await (await fetch("/demo.json")).json();
facts($("facts"), [
  [words.console, links.console_url],
  [words.mail, `127.0.0.1:${links.mail_port}`],
  [words.support, links.support_address],
  [words.fax, links.fax_address],
  ...links.users.map((user) => [words.roles[user.role], `${user.email} · ${words.password} ${user.password}`]),
]);

function how(part) {
  const hint = element("span", "muted hint");
  hint.append(words[`how_${part}`].replace("{port}", links.mail_port).replace("{url}", links.phone_url));
  if (part === "widget")
    hint.append(" ", element("code", "", `<script async src="${links.console_url}/channels/${links.chat_entry}/widget.js"></script>`));
  return hint;
}

$("checks").append(
  ...["mailbox", "widget", "phone"].map((part) => {
    const item = element("li");
    const button = element("button", "", words.test);
    const said = element("span", "muted");
    said.setAttribute("role", "status");
    button.type = "button";
    button.onclick = async () => {
      button.disabled = true;
      said.textContent = words.testing;
      const result = await post(`/test/${part}?language=${language()}`);
      said.className = result.ok ? "ok" : "bad";
      said.textContent = result.ok ? `✓ ${result.took_s.toFixed(1)} s · ${result.detail}` : `✗ ${result.detail}`;
      button.disabled = false;
    };
    item.append(element("strong", "", words[`check_${part}`]), button, how(part), said);
    return item;
  }),
);

let killed = false;
follow(
  (line) => {
    if (line.lane) return;
    $("feed").prepend(feedItem(line));
    while ($("feed").children.length > 40) $("feed").lastChild.remove();
  },
  (feed) => {
    $("hub").textContent = feed.hub_up ? words.up : feed.gone ? words.gone : words.down;
    $("hub").className = feed.hub_up ? "ok" : "bad";
    $("kill").disabled = !feed.hub_up;
    if (killed && feed.hub_up) balance(feed);
  },
);

async function balance(feed) {
  const now = await (await fetch("/balance.json")).json();
  facts($("balance"), [
    [words.back, feed.back_after_s === null ? "–" : `${feed.back_after_s.toFixed(1)} s`],
    [words.sent, String(now.sent)],
    [words.acknowledged, String(now.acknowledged)],
    [words.stored, String(now.stored)],
    [words.lost, String(now.lost.length), now.lost.length ? "bad" : "ok"],
    [words.twice, String(now.twice.length), now.twice.length ? "bad" : "ok"],
  ]);
}

$("kill").onclick = async () => {
  killed = true;
  $("kill").disabled = true;
  $("balance").replaceChildren(element("dt", "", words.again));
  await post("/kill");
};

/** A promise in its own unit: 10 s, 4 h. */
function promised(seconds) {
  const [unit, n] = seconds >= 3600 ? ["hours", seconds / 3600] : seconds >= 120 ? ["minutes", seconds / 60] : ["seconds", seconds];
  return words[unit].replace("{n}", String(Math.round(n)));
}

function runner(one) {
  const item = element("li");
  const how =
    one.place !== null
      ? words.race_taken.replace("{place}", String(one.place))
      : ["abandoned", "closed"].includes(one.state) ? words.race_gone : words.race_waits;
  const who = element("span", "who");
  who.append(element("span", "chip", CHANNELS[language()][one.channel]), " ", one.name, " ");
  who.append(element("span", one.tier === "gold" ? "chip gold" : "chip", TIERS[language()][one.tier] ?? one.tier));
  const waited = words.race_waited.replace("{waited}", one.waited_s.toFixed(0)).replace("{target}", promised(one.target_s));
  item.append(who, element("strong", one.place === null ? "muted" : "ok", how), element("span", "muted", waited));
  return item;
}

const RACE_MS = 240_000; // as long as the demo sees to it
let racing = 0;
async function race(turn, ends) {
  let runners = [];
  try {
    runners = await (await fetch("/three.json")).json();
  } catch {
    if (turn === racing) setTimeout(() => race(turn, ends), 1000); // the demo starts again
    return;
  }
  if (turn !== racing) return;
  $("race").replaceChildren(...runners.map(runner));
  const over = Date.now() > ends || runners.length === 3 && runners.every((one) => one.place !== null || ["abandoned", "closed"].includes(one.state));
  $("three").disabled = !over;
  if (!over) setTimeout(() => race(turn, ends), 1000);
}

$("three").onclick = async () => {
  $("three").disabled = true;
  $("race").replaceChildren(element("li", "muted", words.race_wait));
  racing += 1;
  try {
    await post(`/three?language=${language()}`);
  } catch {
    $("three").disabled = false;
    return;
  }
  setTimeout(race, 800, racing, Date.now() + RACE_MS);
};
