import { createDocument, Node as EditorNode, type Command, type Editor, type Extensions, type JSONContent } from '@tiptap/core'
import { Blockquote } from '@tiptap/extension-blockquote'
import { Bold } from '@tiptap/extension-bold'
import { Document } from '@tiptap/extension-document'
import { HardBreak } from '@tiptap/extension-hard-break'
import { Italic } from '@tiptap/extension-italic'
import { Link } from '@tiptap/extension-link'
import { BulletList, ListItem, ListKeymap, OrderedList } from '@tiptap/extension-list'
import { Paragraph } from '@tiptap/extension-paragraph'
import { Text } from '@tiptap/extension-text'
import { UndoRedo } from '@tiptap/extensions'
import { Fragment, Slice, type Node, type ParseOptions } from '@tiptap/pm/model'

const OURS = /^([\w-]+)@hub$/u // of a picture that was stored here (hub/desk/uploads.py)

/** A picture in the words: named by its content id, as in the mail, and shown by the file it is. */
const Picture = EditorNode.create({
  name: 'picture',
  inline: true,
  group: 'inline',
  atom: true,
  draggable: true,
  addAttributes: () => ({
    cid: { default: '', parseHTML: (element: HTMLElement) => element.getAttribute('data-cid'), renderHTML: ({ cid }: Record<string, unknown>) => ({ 'data-cid': cid }) },
    alt: { default: '' },
  }),
  parseHTML: () => [{ tag: 'img[data-cid]' }],
  renderHTML: ({ HTMLAttributes }) => ['img', HTMLAttributes],
  renderText: ({ node }) => `[${String(node.attrs['alt'] || 'image')}]`,
  addNodeView: () => ({ node }) => {
    const dom = document.createElement('img')
    const id = OURS.exec(String(node.attrs['cid']))?.[1]
    if (id) dom.src = `/api/v1/attachments/${id}`
    dom.alt = String(node.attrs['alt'])
    return { dom }
  },
})

/** What a mail may be made of, and nothing else: what the schema does not know cannot be pasted. */
export function extensions(): Extensions {
  return [
    Document,
    Paragraph,
    Text,
    HardBreak,
    Bold,
    Italic,
    BulletList,
    OrderedList,
    ListItem,
    ListKeymap,
    Blockquote,
    UndoRedo,
    Picture,
    Link.configure({
      openOnClick: false,
      defaultProtocol: 'https',
      protocols: ['mailto', 'tel'],
      HTMLAttributes: { target: null, rel: null, class: null },
      isAllowedUri: (url) => /^(?:https?:|mailto:|tel:)/iu.test(url),
    }),
  ]
}

/**
 * Put plain text in place of a range: its first line goes on where the range began, an empty line begins a new
 * paragraph. It is text, whatever it looks like.
 */
export function putText(from: number, to: number, text: string): Command {
  return ({ tr, state }) => {
    const paragraphs = text.replace(/\r\n?/gu, '\n').split(/\n{2,}/u)
    const nodes = paragraphs.map((one) => state.schema.nodeFromJSON({ type: 'paragraph', content: lines(one) }))
    tr.replace(from, to, new Slice(Fragment.fromArray(nodes), 1, 1)).scrollIntoView()
    return true
  }
}

function lines(text: string): JSONContent[] {
  return text.split('\n').flatMap((line, at) => [...(at ? [{ type: 'hardBreak' }] : []), ...(line ? [{ type: 'text', text: line }] : [])])
}

/**
 * Put formatted words in place of a range. `joins`: they go on with the line that the range began in, as plain ones
 * do; else they begin a paragraph. What stood behind the range goes on with their last line.
 */
export function putHtml(from: number, to: number, html: string, joins: boolean): Command {
  return ({ tr, state }) => {
    const { content } = createDocument(html, state.schema, PARSING)
    const open = (block: Node | null): number => (block?.type.name === 'paragraph' ? 1 : 0)
    tr.replaceRange(from, to, new Slice(content, joins ? open(content.firstChild) : 0, open(content.lastChild))).scrollIntoView()
    return true
  }
}

/** A draft is read as it was written: the space after the last word too, before the next one. */
export const PARSING: ParseOptions = { preserveWhitespace: true }

/** Where in the editor a place in the draft's plain text is, whatever lines and paragraphs became of its line ends. */
export function placeOf(doc: Node, text: string, at: number): number {
  const before = text.slice(0, at)
  const beginsLine = before === '' || before.endsWith('\n')
  let left = before.replace(/\n/gu, '').length
  let place: number | null = null
  doc.descendants((node, pos) => {
    if (!node.isText || place !== null) return
    if (left < node.nodeSize || (left === node.nodeSize && !beginsLine)) place = pos + left
    left -= node.nodeSize
  })
  return place ?? doc.content.size
}

/** What stands in the paragraph before the caret; a break counts as a line end. */
export function textBefore(editor: Editor): string {
  const { $from } = editor.state.selection
  return $from.parent.textBetween(0, $from.parentOffset, '\n', '\n')
}

/** What is on at the caret, for the buttons. */
export interface FormatState {
  on: Record<Format, boolean>
  canUndo: boolean
  canRedo: boolean
}

export type Format = 'bold' | 'italic' | 'bulletList' | 'orderedList' | 'blockquote' | 'link'

export function formatState(editor: Editor): FormatState {
  const on = (format: Format): boolean => editor.isActive(format)
  return {
    on: { bold: on('bold'), italic: on('italic'), bulletList: on('bulletList'), orderedList: on('orderedList'), blockquote: on('blockquote'), link: on('link') },
    canUndo: editor.can().undo(),
    canRedo: editor.can().redo(),
  }
}

export interface Written {
  html: string
  text: string
}

/** The mail as HTML and as plain text; both empty where nothing was written. */
export function written(editor: Editor): Written {
  return editor.isEmpty ? { html: '', text: '' } : { html: editor.getHTML(), text: editor.getText({ blockSeparator: '\n' }) }
}
