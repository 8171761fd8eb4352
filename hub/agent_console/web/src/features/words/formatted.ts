import type { Editor } from '@tiptap/core'

import { written } from '@/features/desk/composer/rich_text'

/** What a response keeps of the editor: plain words stay plain, whatever wrote them. */
export interface Wording {
  text: string
  html: string | null
}

/** Lines and paragraphs alone: their text says all of it (hub/vendors/mail/answer.py). */
const isUnformatted = (html: string): boolean => !html.replace(/<\/?p>|<br ?\/?>/gu, '').includes('<')

export function wordsIn(editor: Editor): Wording {
  const { html, text } = written(editor)
  return isUnformatted(html) ? { text: editor.getText({ blockSeparator: '\n\n' }), html: null } : { text, html }
}
