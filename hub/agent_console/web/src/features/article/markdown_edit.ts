/** A change of a text: what stands from `from` to `to` becomes `text`; then `select` is marked. */
export interface Edit {
  from: number
  to: number
  text: string
  select: readonly [number, number]
}

export type LineKind = 'heading' | 'list' | 'numbers' | 'quote'

const BEGIN: Record<LineKind, RegExp> = {
  heading: /^#{1,6} /u,
  list: /^[-*+] /u,
  numbers: /^\d{1,9}[.)] /u,
  quote: /^> /u,
}
const ANY = /^(?:#{1,6} |[-*+] |\d{1,9}[.)] |> )/u

/** Put marks around what is selected, or take them away where they stand already. */
export function wrap(text: string, from: number, to: number, mark: string): Edit {
  const size = mark.length
  const inside = text.slice(from, to)
  if (text.slice(from - size, from) === mark && text.slice(to, to + size) === mark) {
    return { from: from - size, to: to + size, text: inside, select: [from - size, to - size] }
  }
  if (inside.length >= 2 * size && inside.startsWith(mark) && inside.endsWith(mark)) {
    const bare = inside.slice(size, -size)
    return { from, to, text: bare, select: [from, from + bare.length] }
  }
  return { from, to, text: mark + inside + mark, select: [from + size, to + size] }
}

/** Make the lines of the selection a heading, a list, a quote; or plain lines where they all are one. */
export function lines(text: string, from: number, to: number, kind: LineKind): Edit {
  const start = text.lastIndexOf('\n', from - 1) + 1
  const stop = text.indexOf('\n', to) === -1 ? text.length : text.indexOf('\n', to)
  const rows = text.slice(start, stop).split('\n')
  const all = rows.every((row) => BEGIN[kind].test(row))
  let number = 0
  const begin = (): string => (kind === 'heading' ? '## ' : kind === 'list' ? '- ' : kind === 'quote' ? '> ' : `${(number += 1)}. `)
  const changed = rows.map((row) => (all ? row.replace(BEGIN[kind], '') : begin() + row.replace(ANY, ''))).join('\n')
  const end = start + changed.length
  return { from: start, to: stop, text: changed, select: from === to ? [end, end] : [start, end] }
}

/** A link of what is selected: the address is to be typed, or it is what was selected. */
export function link(text: string, from: number, to: number, name: string): Edit {
  const inside = text.slice(from, to)
  if (/^https?:\/\/\S+$/u.test(inside)) return { from, to, text: `[${name}](${inside})`, select: [from + 1, from + 1 + name.length] }
  const shown = inside || name
  const address = from + shown.length + 3
  return { from, to, text: `[${shown}](https://)`, select: [address, address + 'https://'.length] }
}

/** A picture on a line of its own; what it shows is to be typed. */
export function picture(text: string, at: number, mark: string, name: string): Edit {
  const shown = name.replace(/\.[^.]{1,5}$/u, '').replace(/[[\]\n]/gu, ' ').trim()
  const before = at === 0 || text.slice(0, at).endsWith('\n\n') ? '' : text.slice(0, at).endsWith('\n') ? '\n' : '\n\n'
  const begin = at + before.length + 2
  return { from: at, to: at, text: `${before}![${shown}](${mark})\n\n`, select: [begin, begin + shown.length] }
}

export function applied(text: string, edit: Edit): string {
  return text.slice(0, edit.from) + edit.text + text.slice(edit.to)
}
