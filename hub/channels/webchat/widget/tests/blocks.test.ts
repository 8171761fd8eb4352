import type { VNode } from "preact";
import { expect, test } from "vitest";
import type { Block } from "../src/help/api";
import { draw } from "../src/help/blocks";

const around = { picture: () => Promise.reject(new Error()), newTab: "new tab", missing: (it: string) => it };

/** What is drawn, written as tags. */
function written(drawn: unknown): string {
  if (Array.isArray(drawn)) return drawn.map(written).join("");
  if (typeof drawn === "string") return drawn;
  if (drawn === null || typeof drawn !== "object") return "";
  const { type, props } = drawn as VNode<Record<string, unknown>>;
  if (typeof type !== "string") return `<picture ${String(props["id"])}>`;
  const said = ["href", "target", "rel", "start"].flatMap((it) =>
    props[it] === undefined ? [] : [` ${it}=${String(props[it])}`],
  );
  return `<${type}${said.join("")}>${written(props["children"])}</${type}>`;
}

const shown = (...blocks: Block[]): string => written(draw(blocks, around));

test("an article becomes elements below the window's own headings", () => {
  expect(
    shown(["h2", ["Steps"], "", ""], ["ol", [["li", ["One"], "", ""]], "3", ""], ["img", [], "f1", "A"]),
  ).toBe("<h4>Steps</h4><ol start=3><li>One</li></ol><picture f1>");
});

test("a link opens outside and says so", () => {
  expect(shown(["a", ["Shop"], "https://shop.example/", ""])).toBe(
    "<a href=https://shop.example/ target=_blank rel=noopener noreferrer nofollow>Shop" +
      "<span> (new tab)</span></a>",
  );
});

test.each(["javascript:alert(1)", "data:text/html,x", " javascript:x", "//evil.example", ""])(
  "%s is no link",
  (about) => {
    expect(shown(["a", ["x"], about, ""])).toBe("x");
  },
);

test.each(["script", "style", "iframe", "svg", "constructor", "__proto__", "a"])(
  "%s is never made",
  (tag) => {
    expect(shown([tag, ["x"], "", ""])).toBe("x");
  },
);

test("what looks like markup is text", () => {
  expect(shown(["p", ["<img src=x onerror=alert(1)>"], "", ""])).toBe(
    "<p><img src=x onerror=alert(1)></p>",
  );
});
