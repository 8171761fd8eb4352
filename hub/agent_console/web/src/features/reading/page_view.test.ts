import { describe, expect, it } from 'vitest'

import { fitted, keepView, layOut, turned, viewOf, zoomed, type PageView } from './page_view'

const plain: PageView = { turn: 0, fit: 'width', zoom: 1 }
const A4 = { width: 1240, height: 1754 }
const room = { width: 620, height: 500 }

describe('a page', () => {
  it('is as wide as the room, and higher than it where it must be', () => {
    expect(layOut(A4, room, plain)).toEqual({ box: { width: 620, height: 877 }, width: 620 })
  })
  it('is wholly in sight, whichever side is the longer', () => {
    expect(layOut(A4, room, fitted(plain, 'page')).box).toEqual({ width: 353, height: 500 })
    expect(layOut(A4, room, turned(fitted(plain, 'page'))).box).toEqual({ width: 620, height: 438 })
  })
  it('takes the room it has once it is turned', () => {
    const { box, width } = layOut(A4, room, turned(plain))
    expect(box).toEqual({ width: 620, height: 438 })
    expect(width).toBe(438)
  })
  it('comes back after four quarters, and never leaves the limits of size', () => {
    expect([1, 2, 3, 4].reduce((view) => turned(view), plain)).toEqual(plain)
    const large = Array.from({ length: 40 }).reduce<PageView>((view) => zoomed(view, 1), plain)
    expect(large.zoom).toBe(4)
    expect(Array.from({ length: 40 }).reduce<PageView>((view) => zoomed(view, -1), large).zoom).toBe(0.5)
    expect(fitted(large, 'page').zoom).toBe(1)
  })
})

describe('how a document was laid', () => {
  it('is known when it is opened again, of the last fifty', () => {
    keepView('first', turned(plain))
    expect(viewOf('first').turn).toBe(90)
    expect(viewOf('other')).toEqual(plain)
    for (let one = 0; one < 50; one += 1) keepView(`file ${one}`, zoomed(plain, 1))
    expect(viewOf('first')).toEqual(plain)
    expect(viewOf('file 0').zoom).toBe(1.25)
  })
})
