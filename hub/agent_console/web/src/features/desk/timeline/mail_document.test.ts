// @vitest-environment jsdom

import { describe, expect, it } from 'vitest'

import type { FileView } from '@/shared/api/types'
import { mailDocument, remoteImages } from './mail_document'

const file = { id: 'f', url: '/api/v1/attachments/f', content_id: '<logo@x>' } as FileView
const bodyOf = (html: string): string => mailDocument(html, [file]).split('<body>')[1] ?? ''

describe('the document of a mail frame', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
    '<form action="https://evil.example"><input name=q></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<iframe src="https://evil.example"></iframe>',
    '<svg><script>alert(1)</script></svg>',
  ])('keeps nothing that acts of %s', (html) => {
    expect(bodyOf(html)).not.toMatch(/script|onerror|javascript|<form|<input|<meta|<iframe/iu)
  })

  it('forbids everything but styles and our own pictures by its policy', () => {
    expect(mailDocument('', [])).toContain("default-src 'none'")
  })

  it('shows inline pictures from our attachments and fetches none from elsewhere', () => {
    const body = bodyOf('<img src="cid:logo@x"><img src="https://track.example/p.gif">')
    expect(body).toContain('src="/api/v1/attachments/f"')
    expect(body).not.toContain('track.example')
    expect(remoteImages('<img src="https://track.example/p.gif"><img src="cid:logo@x">')).toBe(1)
  })
})
