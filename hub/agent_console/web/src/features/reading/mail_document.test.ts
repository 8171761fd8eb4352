// @vitest-environment jsdom

import { describe, expect, it } from 'vitest'

import type { FileView } from '@/shared/api/types'
import { mailDocument } from './mail_document'

const file = { id: 'f', url: '/api/v1/attachments/f', content_id: '<logo@x>' } as FileView
const bodyOf = (html: string, proxied?: (url: string) => string): string => mailDocument(html, [file], proxied).body.innerHTML
const REMOTE = '<img data-remote-src="https://track.example/p.gif?a=1&amp;b=2" alt="p">'

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

  it('forbids everything but styles and pictures of our own by its policy', () => {
    const { source } = mailDocument('', [])
    expect(source).toContain("default-src 'none'")
    expect(source).toContain("img-src 'self';")
  })

  it('is read from the side where its words begin', () => {
    expect(mailDocument('<p>مرحبا</p>', []).source).toContain('<div class="sheet" dir="auto"><p>')
  })

  it('shows the pictures that are parts of the mail', () => {
    expect(bodyOf('<img data-cid="logo@x">')).toContain('src="/api/v1/attachments/f"')
    expect(bodyOf('<img data-cid="other@x">')).not.toContain('src')
  })

  it('fetches nothing from elsewhere, and counts what it held back', () => {
    expect(bodyOf(REMOTE + '<img data-remote-src="https://track.example/1.gif">')).toBe('<span class="held">p</span>')
    expect(mailDocument(REMOTE + REMOTE + '<img data-cid="logo@x">', [file]).blocked).toBe(2)
  })

  it('lets no picture choose its own source, ours included', () => {
    expect(bodyOf('<img src="/api/v1/me"><img src="https://track.example/p.gif"><img srcset="/x 2x"><table background="/y">')).not.toMatch(/src|background/u)
  })

  it('shows remote pictures through the hub where they were asked for', () => {
    const body = bodyOf(REMOTE, (url) => `/proxy?url=${encodeURIComponent(url)}`)
    expect(body).toContain('src="/proxy?url=https%3A%2F%2Ftrack.example%2Fp.gif%3Fa%3D1%26b%3D2"')
    expect(mailDocument(REMOTE, [], () => '/x').blocked).toBe(0)
  })

  it('lets no look fetch anything or leave its place', () => {
    const styles = ['background:url(/api/v1/me)', 'position:fixed;top:0', 'color:red;background-image:image-set(x)', 'width:expression(1)', 'color:re\\64']
    for (const style of styles) expect(bodyOf(`<p style="${style}">x</p>`)).toBe('<p>x</p>')
    expect(bodyOf('<p style="color:red">x</p>')).toBe('<p style="color:red">x</p>')
  })

  it('is dark for who reads in the dark, unless the mail has colours of its own', () => {
    const dark = (html: string): boolean => mailDocument(html, [], undefined, true).dark
    expect(dark('<p>plain</p>')).toBe(true)
    expect(dark('<p style="color:#000000;background:white">says what every sheet says</p>')).toBe(true)
    expect(mailDocument('<p style="color:#111">x</p>', [], undefined, true).body.innerHTML).not.toContain('#111')
    expect(dark('<p style="color:rgb(200,0,0)">red</p>')).toBe(false)
    expect(dark('<table bgcolor="#003366"><tr><td>x</td></tr></table>')).toBe(false)
    expect(mailDocument('<p>plain</p>', []).dark).toBe(false)
  })

  it('says what is folded, for who hears the page', () => {
    const body = mailDocument('<details><summary>•••</summary>old</details><details><summary>own</summary></details>', [], undefined, false, 'Quotes').body
    expect([...body.querySelectorAll('summary')].map((one) => one.getAttribute('aria-label'))).toEqual(['Quotes', null])
  })
})
