/** Questions of ours in the flow of the conversation: who are you, where to answer, how was it. */
import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { useChat } from "../panel/parts/use";
import css from "./more.css?inline";
import { Away, PreChat } from "./Cards";
import { Survey } from "./Survey";

let sheet: CSSStyleSheet | undefined;

export function More(): JSX.Element {
  const { root } = useChat().host;
  useLayoutEffect(() => {
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
    }
    if (!root.adoptedStyleSheets.includes(sheet)) {
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    }
  }, [root]);
  return (
    <>
      <PreChat />
      <Away />
      <Survey />
    </>
  );
}
