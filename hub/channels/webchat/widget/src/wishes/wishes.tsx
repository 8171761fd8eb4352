/** What the customer asks for beside the talk, in the flow of the conversation. */
import type { JSX } from "preact";
import { useChat } from "../panel/parts/use";
import { Code } from "./Code";
import { Transcript } from "./Transcript";

export function Wishes(): JSX.Element | null {
  switch (useChat().wished.what) {
    case "transcript":
      return <Transcript />;
    case "code":
      return <Code />;
    default:
      return null;
  }
}
