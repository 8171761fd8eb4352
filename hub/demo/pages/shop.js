import { element, language, texts } from "./common.js";

const words = texts({
  "zh-CN": { title: "安静的好家电", lead: "有问题？点右下角，和我们聊聊。", doors: "返回演示", buy: "加入购物车" },
  en: { title: "Quiet, lasting appliances", lead: "A question? Talk to us, down in the corner.", doors: "Back to the demo", buy: "Add to basket" },
});

const GOODS = [
  ["LW-900", "滚筒洗衣机", "Washing machine", 4299, "M30 12h60v86h-60zM60 58m-22 0a22 22 0 1 0 44 0a22 22 0 1 0-44 0"],
  ["LD-300", "洗碗机", "Dishwasher", 3599, "M26 14h68v82h-68zM34 34h52M38 46h8v36M54 46h8v36M70 46h8v36"],
  ["LF-520", "冰箱", "Fridge", 5199, "M36 6h48v98h-48zM36 44h48M44 18v16M44 54v20"],
  ["LK-12", "电水壶", "Kettle", 199, "M40 30h36l8 62h-52zM84 42c20 0 16 36 2 36M48 30v-10h20v10"],
  ["LC-80", "空调", "Air conditioner", 2899, "M12 26h96v34h-96zM20 50h80M34 74c0 10-8 10-8 20M60 74c0 10-8 10-8 20M86 74c0 10-8 10-8 20"],
  ["LV-7", "吸尘器", "Vacuum cleaner", 999, "M30 92h60M40 92l20-70h14M66 60h24v32"],
];

const space = "http://www.w3.org/2000/svg";
document.querySelector("#goods").append(
  ...GOODS.map(([code, zh, en, price, path]) => {
    const card = element("article", "card");
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("viewBox", "0 0 120 110");
    const line = document.createElementNS(space, "path");
    for (const [key, value] of Object.entries({ d: path, fill: "none", stroke: "currentColor", "stroke-width": 3 }))
      line.setAttribute(key, value);
    picture.append(line);
    const button = element("button", "", words.buy);
    button.type = "button";
    card.append(picture, element("h2", "", `${language() === "en" ? en : zh} ${code}`), element("b", "", `¥ ${price}`), button);
    return card;
  }),
);

const links = await (await fetch("/demo.json")).json();
const widget = document.createElement("script");
widget.src = `${links.console_url}/channels/${links.chat_entry}/widget.js`;
widget.dataset.lang = language();
document.body.append(widget);
