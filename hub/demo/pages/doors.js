import { element, feedItem, follow, language, post, texts } from "./common.js";

const words = texts({
  "zh-CN": {
    demo: "演示", title: "三扇门，一条队列",
    lead: "电话、邮件、网页聊天和传真进入同一条队列，按客户等级的承诺时限排序。",
    agent: "坐席", agent_text: "接受联络，看到客户是谁、以前发生过什么，回复、小结、接下一个。", agent_go: "进入坐席工作台",
    supervisor: "主管", supervisor_text: "实时大屏：谁在等、等多久、为什么还在等、服务水平。", supervisor_go: "进入监控大屏",
    customer: "客户", customer_text: "以金牌、普通或陌生客户的身份打电话、写邮件、聊天、发传真。", customer_go: "打开客户桌面", shop_go: "商城页面",
    three: "三个客户同时来", three_text: "普通客户的邮件、基础客户的聊天、金牌客户的电话依次到达：进来的顺序是错的，接待的顺序是对的。", three_go: "让他们一起来",
    kill: "把服务器拔掉", kill_text: "kill -9，就在客户说话的时候。几秒后回来：已确认的一条不少，一条不重。", kill_go: "现在杀死 hub",
    yours: "现在归您", yours_text: "用任何邮件客户端写信到这个端口，会收到确认信；第二封不会再确认，并写明原因。",
    outside: "外面的世界",
    sent: "客户发出", acknowledged: "已确认", stored: "已保存", lost: "丢失", twice: "重复", back: "恢复用时",
    up: "● hub 运行中", down: "▲ hub 停了…", test: "测试", testing: "测试中…", check_mailbox: "邮箱：发一封信，等确认信", check_widget: "网页聊天：打开一次会话", check_phone: "电话：拨打热线，听到问候",
    console: "工作台", mail: "邮件端口", support: "客服邮箱", fax: "传真邮箱", password: "密码",
  },
  en: {
    demo: "demo", title: "Three doors, one queue",
    lead: "Phone, mail, web chat and fax come into one queue, ordered by how much of each customer's promise is used up.",
    agent: "Agent", agent_text: "Accept contacts, see who the customer is and what happened before, answer, wrap up, get the next one.", agent_go: "Open the console",
    supervisor: "Supervisor", supervisor_text: "The live wallboard: who waits, how long, why still, and the service level.", supervisor_go: "Open the wallboard",
    customer: "Customer", customer_text: "Call, mail, chat and fax as a gold, a standard or an unknown customer.", customer_go: "Open the customer's desk", shop_go: "The shop page",
    three: "Three customers at once", three_text: "A standard mail, a basic chat and a gold call arrive one after another: in wrong, out right.", three_go: "Let them come",
    kill: "Pull the plug", kill_text: "kill -9, in the middle of it all. Back in seconds: nothing that was acknowledged is lost, nothing is there twice.", kill_go: "Kill the hub now",
    yours: "Now yours", yours_text: "Send a mail to this port with any client and get the acknowledgement; the second one is not acknowledged, and says why.",
    outside: "The world outside",
    sent: "Sent by customers", acknowledged: "Acknowledged", stored: "Stored", lost: "Lost", twice: "Twice", back: "Back after",
    up: "● hub is up", down: "▲ hub is down…", test: "Test", testing: "Testing…", check_mailbox: "Mailbox: a mail, and its acknowledgement", check_widget: "Widget: open a chat", check_phone: "Phone: call the hotline, hear the greeting",
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
  ...links.users.map((user) => [user.role, `${user.email} · ${words.password} ${user.password}`]),
]);

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
      const result = await post(`/test/${part}`);
      said.className = result.ok ? "ok" : "bad";
      said.textContent = result.ok ? `✓ ${result.took_s.toFixed(1)} s · ${result.detail}` : `✗ ${result.detail}`;
      button.disabled = false;
    };
    item.append(element("span", "", words[`check_${part}`]), button, said);
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
    $("hub").textContent = feed.hub_up ? words.up : words.down;
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
  await post("/kill");
};
$("three").onclick = () => post(`/three?language=${language()}`);
