/** A text in pieces: those that were looked for are marked. Pieces are text nodes, so nothing in them is ever run. */
export function marked(text: string, wanted: string[]): { text: string; hit: boolean }[] {
  const words = [...new Set(wanted.map((word) => word.trim()).filter((word) => word !== ''))].sort((a, b) => b.length - a.length).slice(0, 12)
  if (words.length === 0) return [{ text, hit: false }]
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`)).join('|')})`, 'giu')
  return text.split(pattern).flatMap((piece, index) => (piece === '' ? [] : [{ text: piece, hit: index % 2 === 1 }]))
}
