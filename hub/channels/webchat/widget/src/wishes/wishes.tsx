/** What the customer asks for beside the talk, in the flow of the conversation. */
import type { JSX } from "preact";
import { useChat } from "../panel/parts/use";
import { Call } from "./Call";
import { Code } from "./Code";
import { Transcript } from "./Transcript";

export function Wishes(): JSX.Element {
  const { wished } = useChat();
  return (
    <>
      {wished.what === "transcript" && <Transcript />}
      {wished.what === "code" && <Code />}
      {(wished.what === "call" || wished.tells) && <Call />}
    </>
  );
}
