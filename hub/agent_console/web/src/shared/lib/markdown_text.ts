const PICTURE = /!\[[^\]\n]*\]\([^)\n]*\)\n*/gu
const LINK = /\[([^\]\n]+)\]\((\S+?)(?: "[^"\n]*")?\)/gu
const LINE = /^(?: {0,3})(?:#{1,6} +|> ?)/gmu
const PAIRED = /(?<!\\)(\*\*|__|~~|`)(?=\S)(.+?)(?<=\S)\1/gu
const SLANTED = /(?<![\p{L}\p{N}*_\\])([*_])(?=[^\s*_])(.+?)(?<=[^\s*_])\1(?![\p{L}\p{N}*_])/gu
const ESCAPED = /\\([\\`*_{}[\]()#+.!>~|-])/gu

/** A Markdown text as one writes it in a chat: without marks and pictures, links with their address. */
export function plainOf(text: string): string {
  return text
    .replace(PICTURE, '')
    .replace(LINK, (_, shown: string, address: string) => (shown === address ? address : `${shown} (${address})`))
    .replace(LINE, '')
    .replace(PAIRED, '$2')
    .replace(PAIRED, '$2')
    .replace(SLANTED, '$2')
    .replace(ESCAPED, '$1')
    .replace(/\n{3,}/gu, '\n\n')
    .trim()
}

/** What an answer says, however it is written. */
export const wordsOf = (article: { answer: string; format: 'plain' | 'markdown' }): string =>
  article.format === 'markdown' ? plainOf(article.answer) : article.answer
