import type { FileView } from '@/shared/api/types'

/** A content id without the angle brackets that it has in a head. */
export const plainId = (id: string | null | undefined): string => (id ?? '').replace(/^<|>$/gu, '')

/** The ids of the parts that a mail shows in its text: these files need not be listed under it. */
export function shownParts(html: string | null): Set<string> {
  return new Set([...(html ?? '').matchAll(/\sdata-cid="([^"]*)"/gu)].map((found) => found[1] ?? ''))
}

/** Is this file one of the parts that the mail shows in its text? */
export const isShownPart = (file: FileView, parts: Set<string>): boolean => file.content_id !== null && parts.has(plainId(file.content_id))

/** Of the files of an answer those that were not copied from this mail (undefined: whatever stands in the words alone). */
export function ownFiles(files: FileView[], html: string | null, copied: FileView[] | undefined): FileView[] {
  const inWords = (file: FileView): boolean => file.content_id !== null && (html ?? '').includes(file.content_id)
  const isCopy = (file: FileView): boolean => copied?.some((one) => one.name === file.name && one.size_bytes === file.size_bytes) ?? true
  return files.filter((file) => inWords(file) || (file.content_id === null && !isCopy(file)))
}
