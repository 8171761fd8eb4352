/** Files chosen for the next message: each is uploaded at once and can be taken out again. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../chat";
import { wordsOf, type Refusal } from "../files";
import type { FileView } from "../protocol";

export interface Attached {
  key: number;
  name: string;
  preview: string;
  /** Set once it is stored at the hub. */
  file?: FileView;
  stop: AbortController;
}

export interface Tray {
  items: Attached[];
  add(files: File[]): void;
  remove(key: number): void;
  /** Give the uploaded files away and empty the tray. */
  take(): FileView[];
}

let lastKey = 0;

export function useTray(chat: Chat): Tray {
  const [items, setItems] = useState<Attached[]>([]);
  const now = useRef(items);
  const change = (next: Attached[]): void => {
    now.current = next;
    setItems(next);
  };
  const remove = (key: number): void => {
    now.current.find((item) => item.key === key)?.stop.abort();
    change(now.current.filter((item) => item.key !== key));
  };
  const add = (files: File[]): void => {
    for (const file of files) {
      if (now.current.length >= chat.limits.files) {
        chat.tell("files_too_many", { n: chat.limits.files });
        return;
      }
      const largest = chat.config.max_file_bytes;
      if (file.size > largest) {
        chat.tell("file_too_large", { name: file.name, n: largest >> 20 });
        continue;
      }
      const key = (lastKey += 1);
      const stop = new AbortController();
      const preview = /^image\/(png|jpeg|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : "";
      change([...now.current, { key, name: file.name, preview, stop }]);
      chat.files.upload(file, stop.signal).then(
        (stored) => {
          if (preview) chat.files.remember(stored.id, file);
          change(now.current.map((item) => (item.key === key ? { ...item, file: stored } : item)));
        },
        (why: Refusal) => {
          if (stop.signal.aborted) return;
          const [said, values] = wordsOf(why);
          chat.tell(said, { name: file.name, ...values });
          remove(key);
        },
      );
    }
  };
  const take = (): FileView[] => {
    const taken = now.current.flatMap((item) => (item.file ? [item.file] : []));
    change([]);
    return taken;
  };
  useEffect(() => {
    const drop = (event: Event): void => add((event as CustomEvent<File[]>).detail);
    chat.dropped.addEventListener("files", drop);
    return () => chat.dropped.removeEventListener("files", drop);
  }, [chat]);
  return { items, add, remove, take };
}
