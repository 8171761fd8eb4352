import { expect, it } from 'vitest'

import { lookOf } from './file_kinds'

it.each([
  ['image/png', 'image'],
  ['image/svg+xml', 'text'],
  ['image/tiff', 'pages'],
  ['application/pdf', 'pages'],
  ['text/plain; charset=gbk', 'text'],
  ['text/html', 'text'],
  ['application/ld+json', 'text'],
  ['audio/wav', 'sound'],
  ['video/mp4', 'video'],
  ['application/zip', 'none'],
  ['application/x-msdownload', 'none'],
])('looks at %s as %s', (media_type, look) => {
  expect(lookOf({ media_type })).toBe(look)
})
