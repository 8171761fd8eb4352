// @vitest-environment jsdom

import { describe, expect, it } from 'vitest'

import { createDocument, getSchema, type CommandProps } from '@tiptap/core'
import { DOMSerializer } from '@tiptap/pm/model'
import { EditorState } from '@tiptap/pm/state'
import { htmlOfText, writtenOn } from './draft_html'
import { extensions, PARSING, placeOf, putHtml } from './rich_text'

const schema = getSchema(extensions())

/** What stands before the place in the editor that the "|" of a draft's text becomes. */
function before(draft: string, html?: string): string {
  const text = draft.replace('|', '')
  const doc = createDocument(html ?? htmlOfText(text), schema, PARSING)
  return doc.textBetween(0, placeOf(doc, text, draft.indexOf('|')), '¶', '⏎')
}

describe('the caret of a plain text, in the formatted field', () => {
  it.each([
    ['Please |', 'Please '],
    ['|Please', ''],
    ['Dear  Ms| Chen', 'Dear  Ms'],
    ['one|\ntwo', 'one'],
    ['one\n|two', 'one⏎'],
    ['one\n\n\ntwo\n\nth|ree', 'one¶two¶th'],
    ['one\n\n|', 'one¶'],
    ['|', ''],
  ])('%j stands after %j', (draft, expected) => expect(before(draft)).toBe(expected))

  it('is found between marks and in lists', () => {
    expect(before('Please che|ck', '<p>Please <strong>check</strong></p>')).toBe('Please che')
    expect(before('the\nplug\nth|e fuse', '<p>the</p><ul><li><p>plug</p></li><li><p>the fuse</p></li></ul>')).toBe('the¶plug¶th')
  })
})

describe('a formatted text that is written on', () => {
  it.each([
    ['<p>Please</p>', ' <b>\nLi', '<p>Please &lt;b&gt;<br>Li</p>'],
    ['<ul><li><p><strong>plug</strong></p></li></ul>', 's', '<ul><li><p><strong>plugs</strong></p></li></ul>'],
    ['<p><strong><a href="https://shop.example">shop</a></strong></p>', ' it', '<p><strong><a href="https://shop.example">shop</a> it</strong></p>'],
  ])('%s with %j', (html, text, expected) => expect(writtenOn(html, text)).toBe(expected))
})

/** The mail after formatted words were put where its "|" is. */
function put(draft: string, words: string, joins: boolean): string {
  const text = draft.replace('|', '')
  const state = EditorState.create({ doc: createDocument(htmlOfText(text), schema, PARSING) })
  const at = placeOf(state.doc, text, draft.indexOf('|'))
  const { tr } = state
  putHtml(at, at, words, joins)({ tr, state } as CommandProps)
  const box = document.createElement('div')
  box.append(DOMSerializer.fromSchema(schema).serializeFragment(tr.doc.content))
  return box.innerHTML.replaceAll('<p></p>', '')
}

describe('formatted words put in', () => {
  const dear = '<p>Dear <strong>Li</strong></p>'
  it.each([
    ['Hello. |', dear, true, '<p>Hello. Dear <strong>Li</strong></p>'],
    ['Hello. |It works.', dear, true, '<p>Hello. Dear <strong>Li</strong>It works.</p>'],
    ['Hello.|', dear, false, '<p>Hello.</p><p>Dear <strong>Li</strong></p>'],
    ['|', `${dear}<ul><li><p>one</p></li></ul>`, true, `${dear}<ul><li><p>one</p></li></ul>`],
    ['Hello. |', '<ul><li><p>one</p></li></ul>', true, '<p>Hello. </p><ul><li><p>one</p></li></ul>'],
  ])('%j with %j (%j)', (draft, words, joins, expected) => expect(put(draft, words, joins)).toBe(expected))
})
