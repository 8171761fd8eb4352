/** Shows unseen messages in the page's title while the page is hidden, and gives the title back. */
import type { Chat } from "./chat";

export function watchTitle(chat: Chat): void {
  let own = "";
  const show = (): void => {
    const wanted = document.visibilityState !== "visible" && chat.unread > 0;
    if (wanted) {
      own ||= document.title;
      document.title = `${chat.texts.say("unread_title", { n: chat.unread })} · ${own}`;
    } else if (own) {
      document.title = own;
      own = "";
    }
  };
  chat.subscribe(show);
  document.addEventListener("visibilitychange", show);
}
