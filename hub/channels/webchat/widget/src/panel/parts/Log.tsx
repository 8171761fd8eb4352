/** The conversation: a log that grows at its end, pages back at its start, and keeps its place. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import { continues, sameDay } from "../timeline";
import { Bubble, type Shown } from "./Bubble";
import { Icon } from "./icons";
import { MorePlace } from "./MorePlace";
import { initials, useChat } from "./use";

const NEAR_END_PX = 80;

export function Log(): JSX.Element {
  const chat = useChat();
  const { texts } = chat;
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const height = useRef(0);
  const first = useRef(0);
  const [live, setLive] = useState(false);
  const [behind, setBehind] = useState(false);
  const items = rows(chat);

  useLayoutEffect(() => {
    const it = box.current;
    if (!it) return;
    if (chat.timeline.firstSeq < first.current && !stuck.current) {
      it.scrollTop += it.scrollHeight - height.current; // older ones came in above
    } else if (stuck.current) {
      it.scrollTop = it.scrollHeight;
    }
    height.current = it.scrollHeight;
    first.current = chat.timeline.firstSeq;
  });
  // Pictures that load and questions that unfold must not push the newest out of sight.
  useEffect(() => {
    if (!inner.current || !box.current) return undefined;
    const observer = new ResizeObserver(() => {
      if (stuck.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    });
    observer.observe(inner.current);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  // What was there before is not read out: the log is live only for what comes after.
  useEffect(() => {
    const timer = setTimeout(() => setLive(chat.welcomed), 500);
    return () => clearTimeout(timer);
  }, [chat.welcomed]);
  useEffect(() => {
    if (!stuck.current) setBehind(true);
  }, [chat.timeline.lastSeq]);

  const onScroll = (): void => {
    const it = box.current;
    if (!it) return;
    stuck.current = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR_END_PX;
    if (stuck.current) setBehind(false);
    if (it.scrollTop < 40) chat.loadOlder();
  };
  const toEnd = (): void => {
    stuck.current = true;
    setBehind(false);
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };

  return (
    <div class="log-place">
      <div
        class="log"
        ref={box}
        role="log"
        aria-live={live ? "polite" : "off"}
        aria-label={texts.say("log")}
        tabIndex={0}
        onScroll={onScroll}
      >
        <div class="items" ref={inner}>
          {chat.more && (
            <button type="button" class="older" onClick={() => chat.loadOlder()}>
              {texts.say(chat.loadingOlder ? "connecting" : "older")}
            </button>
          )}
          {!chat.more && <Greeting />}
          {items}
          {chat.typing && <Typing name={chat.typing} />}
          <MorePlace />
        </div>
      </div>
      {behind && (
        <button type="button" class="to-end" onClick={toEnd}>
          <Icon name="down" />
          {texts.say("new_messages")}
        </button>
      )}
    </div>
  );
}

function Greeting(): JSX.Element {
  const chat = useChat();
  const title = chat.texts.pick(chat.config.title);
  return (
    <div class="said theirs">
      <span class="avatar" aria-hidden="true">
        {initials(title)}
      </span>
      <div class="column">
        <span class="author">{title}</span>
        <p class="bubble" dir="auto">
          {chat.texts.pick(chat.config.greeting)}
        </p>
      </div>
    </div>
  );
}

function Typing({ name }: { name: string }): JSX.Element {
  const { texts } = useChat();
  return (
    <div class="said theirs continued">
      <span class="avatar" aria-hidden="true">
        {initials(name)}
      </span>
      <div class="column">
        <p class="bubble dots">
          <span class="hidden">{texts.say("typing", { name })}</span>
          <i />
          <i />
          <i />
        </p>
      </div>
    </div>
  );
}

/** Entries, what waits to be sent, day separators and happenings, in the order they are shown. */
function rows(chat: Chat): JSX.Element[] {
  const drawn: JSX.Element[] = [];
  const now = new Date();
  const shown = messages(chat);
  let before: Shown | undefined;
  const happenings = [...chat.happenings];
  const happen = (upTo: number): void => {
    while (happenings[0] && happenings[0].afterSeq < upTo) {
      const { key, name, afterSeq } = happenings.shift()!;
      drawn.push(
        <p class="happening" key={`${key}${afterSeq}${name}`}>
          {chat.texts.say(key, { name }, chat.config.notices?.[key])}
        </p>,
      );
    }
  };
  for (const { item, seq } of shown) {
    happen(seq);
    if (!before || !sameDay(before.at, item.at)) {
      drawn.push(
        <p class="day" key={`day ${item.at}`}>
          <span>{chat.texts.day(item.at, now)}</span>
        </p>,
      );
    }
    drawn.push(<Bubble key={item.key} shown={item} />);
    before = item;
  }
  happen(Infinity);
  return drawn;
}

function messages(chat: Chat): { item: Shown; seq: number }[] {
  const newest = chat.timeline.lastSeqOf("customer"); // what became of it stands there only
  const stored = chat.timeline.all().map((entry) => ({
    seq: entry.seq,
    item: {
      key: entry.client_id ?? entry.id,
      sender: entry.sender,
      author: entry.author ?? "",
      text: entry.text,
      at: entry.at,
      files: entry.files ?? [],
      fate:
        entry.seq === newest ? (entry.seq <= chat.agentReadSeq ? "read" : "sent") : undefined,
    },
  }));
  const waiting = chat.outbox.all().map((item) => ({
    seq: Infinity,
    item: {
      key: item.clientId,
      sender: "customer" as const,
      author: "",
      text: item.text,
      at: item.at,
      files: item.files,
      fate: item.failed ? "failed" : chat.line === "online" ? "sending" : "kept",
      ...(item.failed ? { why: item.failed } : {}),
    },
  }));
  const all = [...stored, ...waiting];
  return all.map(({ item, seq }, index) => {
    const next = all[index + 1]?.item;
    const sameFate = !item.fate || next?.fate === item.fate;
    return {
      seq,
      item: {
        ...item,
        continued: continues(all[index - 1]?.item, item),
        last: !next || !continues(item, next) || !sameFate,
      } as Shown,
    };
  });
}
