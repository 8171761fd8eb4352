// @vitest-environment jsdom

import { describe, expect, it } from 'vitest'

import { Editor } from '@tiptap/core'
import { cleanPasted } from './clean_paste'
import { extensions, putText, written } from './rich_text'

const item = (text: string, level: number, bullet: string, list = 'l0'): string =>
  `<p class=MsoListParagraph style='margin-left:36pt;mso-list:${list} level${level} lfo1'><![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>${bullet}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span></span><![endif]>${text}<o:p></o:p></p>`

const WORD = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{color:red}</style></head><body><!--StartFragment-->
<h2 style='color:#2F5496'>Repair<o:p></o:p></h2>
<p class=MsoNormal style='mso-margin-top-alt:auto'><b><span style='font-size:14pt;color:red'>Please</span></b><span> check&nbsp;this:</span><o:p></o:p></p>
${item('plug', 1, '·')}${item('left one', 2, 'o')}${item('fuse', 1, '·')}
<p class=MsoNormal style='display:none'>hidden</p>${item('first', 1, '1.', 'l1')}${item('second', 1, '2.', 'l1')}
<!--EndFragment--></body></html>`

/** What the editor makes of a pasted page. */
function pasted(html: string): string {
  const editor = new Editor({ element: null, extensions: extensions(), content: cleanPasted(html) })
  const found = written(editor).html
  editor.destroy()
  return found
}

describe('what is pasted', () => {
  it('from Word keeps its lists, bold words and headings, and nothing of its looks', () => {
    expect(pasted(WORD)).toBe(
      '<p><strong>Repair</strong></p><p><strong>Please</strong> check this:</p>' +
        '<ul><li><p>plug</p><ul><li><p>left one</p></li></ul></li><li><p>fuse</p></li></ul>' +
        '<ol><li><p>first</p></li><li><p>second</p></li></ol>',
    )
  })

  it.each([
    ['<script>alert(1)</script><p onclick="x()">a</p>', '<p>a</p>'],
    ['<p><a href="javascript:alert(1)">a</a></p>', '<p>a</p>'],
    ['<p>a<img src="https://track.example/p.gif"></p>', '<p>a</p>'],
    ['<form action="https://evil.example"><input value="x"><p>a</p></form>', '<p>a</p>'],
    ['<div style="position:fixed;color:white"><span style="font-weight:700">a</span></div>', '<p><strong>a</strong></p>'],
    ['<iframe src="https://evil.example"></iframe><p>a</p>', '<p>a</p>'],
  ])('from a page brings nothing that acts or hides: %s', (html, kept) => expect(pasted(html)).toBe(kept))

  it('from a table is a line for each row', () => {
    expect(pasted('<table><tr><th>Part</th><th>Price</th></tr><tr><td>Plug</td><td>12&nbsp;€</td></tr></table>')).toBe('<p>Part | Price</p><p>Plug | 12 €</p>')
  })

  it('keeps links to the web', () => {
    expect(pasted('<p><a href="https://shop.example/a" class="x" onclick="y()">shop</a></p>')).toBe('<p><a href="https://shop.example/a">shop</a></p>')
  })
})

describe('a text put into the formatted field', () => {
  it('is text, whatever it looks like', () => {
    const editor = new Editor({ element: null, extensions: extensions(), content: '<p>So: /p</p>' })
    editor.commands.command(putText(5, 7, 'Dear <b>Chen</b>,\nhello\n\nbye'))
    expect(written(editor)).toEqual({ html: '<p>So: Dear &lt;b&gt;Chen&lt;/b&gt;,<br>hello</p><p>bye</p>', text: 'So: Dear <b>Chen</b>,\nhello\nbye' })
    editor.destroy()
  })
})
