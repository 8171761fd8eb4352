import type { FileView } from '@/shared/api/types'

/** A content id without the angle brackets that it has in a head. */
export const plainId = (id: string | null | undefined): string => (id ?? '').replace(/^<|>$/gu, '')

/** The ids of the parts that a mail shows in its text: these files need not be listed under it. */
export function shownParts(html: string | null): Set<string> {
  return new Set([...(html ?? '').matchAll(/\sdata-cid="([^"]*)"/gu)].map((found) => found[1] ?? ''))
}

/** Is this file one of the parts that the mail shows in its text? */
export const isShownPart = (file: FileView, parts: Set<string>): boolean => file.content_id !== null && parts.has(plainId(file.content_id))
