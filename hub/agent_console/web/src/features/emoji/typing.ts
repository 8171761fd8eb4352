import type { Capabilities } from '@/shared/api/types'

// ":" is also ： on a Chinese keyboard. It begins an emoji at the start of a line, after a space, a mark or an emoji, never
// behind a letter or a digit: "10:30", "http://", "地址：" and "Note:" are what they are. One letter of Chinese is a word.
const TYPED = /(?:^|[\s，。！？、；…～~,.!?;)）】」』”’\p{Extended_Pictographic}\u{FE0F}])([:：])((?=\p{L}*\p{Script=Han}|\p{L}{2})[\p{L}_-]{1,30})$/u

/** What stands before the caret as the beginning of an emoji: its sign, and the name so far; null: it is none. */
export function emojiBefore(before: string): { sign: string; name: string } | null {
  const [, sign, name] = TYPED.exec(before) ?? []
  return sign && name ? { sign, name } : null
}

/** Whether what is written here can hold emoji: a note, and an answer that is read on a screen as it was written. */
export const carriesEmoji = (can: Capabilities | null, isNote: boolean): boolean => isNote || (can !== null && can.reply && !can.pages)
