import type { FileView } from '@/shared/api/types'

/** How a file can be looked at without opening it on the reader's machine. */
export type Look = 'image' | 'pages' | 'text' | 'sound' | 'video' | 'none'

const PAGED = new Set(['application/pdf', 'image/tiff', 'image/bmp'])
const TEXTS = new Set(['application/json', 'application/xml', 'application/x-yaml', 'application/sql', 'message/rfc822'])

export function lookOf(file: Pick<FileView, 'media_type'>): Look {
  const type = file.media_type.split(';')[0]!.trim()
  if (/^image\/(?:png|jpeg|gif|webp)$/u.test(type)) return 'image'
  if (PAGED.has(type)) return 'pages'
  if (/^audio\/(?:mpeg|wav|ogg|mp4)$/u.test(type)) return 'sound'
  if (/^video\/(?:mp4|webm)$/u.test(type)) return 'video'
  if (type.startsWith('text/') || TEXTS.has(type) || /\+(?:xml|json)$/u.test(type)) return 'text'
  return 'none'
}
